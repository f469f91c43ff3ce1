/** An API server with a cluster's objects, and a controller that is started on it from nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiServer } from '../../test/kubernetes/api-server.ts';
import { type FakeWorkloads, fakeWorkloads } from '../../test/kubernetes/fake-workloads.ts';
import { BenchError } from '../engine/errors.ts';

export const OURS = '/apis/sluice.dev/v1alpha1';
const NAMESPACE = 'sluice-system';
const NAMESPACES = 20;
const PROGRAM = join(import.meta.dirname, 'controller.ts');
const INSPECT = 'sluice.dev/inspect';

export interface Size {
  readonly services: number;
  readonly policies: number;
  readonly pods: number;
  readonly nodes: number;
}

export class Stand {
  readonly server: ApiServer;
  readonly cluster: FakeWorkloads;
  readonly #size: Size;

  private constructor(server: ApiServer, cluster: FakeWorkloads, size: Size) {
    this.server = server;
    this.cluster = cluster;
    this.#size = size;
  }

  static async start(size: Size): Promise<Stand> {
    const server = await ApiServer.start();
    await server.applyDefinitions();
    const metadata = { name: NAMESPACE };
    await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    // What weakens a policy has to be allowed, or it is not in force.
    await server.request('POST', `${OURS}/clusterwafpolicies`, {
      ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'ClusterWAFPolicy', metadata: { name: 'all' } },
      spec: { allow: { exclusions: ['*'] } },
    });
    const counts = { ...size, namespaces: Math.min(NAMESPACES, size.services) };
    const cluster = await fakeWorkloads(server, counts, { annotations: { [INSPECT]: 'true' } });
    return new Stand(server, cluster, size);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** No trace of a controller; policies as new. */
  async reset(): Promise<void> {
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
    const maps = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
    for (const path of [`${OURS}/sluicenodes`, `${OURS}/workloadslices`, leases, maps])
      await this.server.request('DELETE', path);
    for (const namespace of this.cluster.namespaces)
      await this.server.request('DELETE', `${OURS}/namespaces/${namespace}/wafpolicies`);
    for (let index = 0; index < this.#size.policies; index += 1) await this.#makePolicy(index);
  }

  /** The nth policy is for the nth Service. */
  policyPath(index: number): string {
    const { namespace } = this.serviceAt(index);
    return `${OURS}/namespaces/${namespace}/wafpolicies/policy-${index}`;
  }

  serviceAt(index: number): { readonly namespace: string; readonly name: string } {
    const service = this.cluster.services[index % this.cluster.services.length];
    if (service === undefined)
      throw new BenchError('BENCH_OPTION', { option: '--services', reason: 'there is none' });
    return service;
  }

  async #makePolicy(index: number): Promise<void> {
    const { namespace, name } = this.serviceAt(index);
    await this.server.request('POST', `${OURS}/namespaces/${namespace}/wafpolicies`, {
      ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy' },
      metadata: { name: `policy-${index}`, namespace },
      spec: {
        targetRefs: [{ group: '', kind: 'Service', name }],
        mode: 'Block',
        exclusions: [{ rules: [942_100 + index], reason: 'known' }],
      },
    });
  }

  async annotate(index: number, inspect: boolean): Promise<void> {
    const { namespace, name } = this.serviceAt(index);
    const metadata = { annotations: { [INSPECT]: String(inspect) } };
    await this.server.request('PATCH', `/api/v1/namespaces/${namespace}/services/${name}`, { metadata });
  }

  controller(): ControllerProcess {
    return new ControllerProcess(this.server.kubeconfig());
  }
}

export class ControllerProcess {
  readonly startedAt = performance.now();
  /** When all stood, by the order of plans. */
  readonly settledAt: number[] = [];
  readonly #child: ChildProcess;
  #complaints = '';

  constructor(kubeconfig: string) {
    this.#child = spawn(process.execPath, [PROGRAM, kubeconfig], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', () => this.settledAt.push(performance.now()));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString('utf8')).slice(-2_000);
    });
  }

  /** @throws BenchError BENCH_CONTENDER where it has ended */
  check(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return;
    throw new BenchError('BENCH_CONTENDER', { name: 'the controller', reason: this.#complaints });
  }

  /** Bytes: now, and the most that there have been. */
  memory(): { readonly resident: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1_024;
    return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
