/**
 * One node, with the real parts: API server, controller and planner, `sluice node run` with the rights of the chart, `sluice serve`, Envoy.
 * In place of the node agent, which needs the pods' network namespaces, stands what reads its table and writes its status.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { proxyBootstrap } from '@sluice/envoy-config';
import { type AgentStatus, type AgentTable, readTable, STATUS_FILE } from '@sluice/node-agent';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { policiesByName } from '../../packages/controller/src/apply/in-force.ts';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import { Controller } from '../../packages/controller/src/controller.ts';
import { SYSTEM_NAMESPACE } from '../../packages/controller/src/kinds/names.ts';
import { Mirror } from '../../packages/controller/src/mirror/mirror.ts';
import type { NodeReport } from '../../packages/controller/src/plan/node-report.ts';
import { Planner } from '../../packages/controller/src/plan/planner.ts';
import { startWorkload, type Workload } from '../envoy-workload.ts';
import { ApiServer } from './api-server.ts';
import { render } from './chart.ts';
import { podStatus } from './fake-workloads.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const OURS = 'sluice.dev/v1alpha1';
export const NODE = 'node-a';
/** Tests share their machine: no verdict may be late. */
const VERDICT_MILLIS_MAX = 20_000;
const LOOK_MILLIS = 20;
/** Of this machine, so that probes arrive; the API server would not take one in an EndpointSlice. */
export const POD_ADDRESS = '127.0.0.9';
const PORT = 8080;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export class NodeStand {
  readonly directory = new TemporaryDirectory('sluice-node-run-');
  readonly folder = this.directory.join('node');
  readonly server: ApiServer;
  readonly #kubeconfig: string;
  readonly #adminPort: number;
  #controller: {
    readonly source: Mirror;
    readonly controller: Controller;
    readonly client: ApiClient;
  } | null = null;
  readonly #syncs: ChildProcess[] = [];
  #serve: ChildProcess | null = null;
  #envoy: EnvoyProcess | null = null;
  #workload: Workload | null = null;
  #plain: HttpServer | null = null;
  readonly #agent: TableTaker;

  private constructor(server: ApiServer, token: string, adminPort: number) {
    this.server = server;
    this.#adminPort = adminPort;
    this.#kubeconfig = server.kubeconfig(token);
    for (const name of ['netns', 'agent']) mkdirSync(this.directory.join(name));
    this.writeBase('base.yaml');
    this.#agent = new TableTaker(join(this.folder, 'table.json'), this.directory.join('agent'));
  }

  /** @param more of sluice.yaml */
  writeBase(name: string, more: object = {}): void {
    writeFileSync(
      this.directory.join(name),
      JSON.stringify({
        listen: [`unix:${this.directory.join('s.sock')}`],
        admin: `127.0.0.1:${this.#adminPort}`,
        rules: { crs: false },
        events: { stdout: false },
        drain: { noticeMillis: 0, waitMillis: 1_000 },
        limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX, poolThreads: 1 },
        ...more,
      }),
    );
  }

  /** With a namespace `shop` and the node; nothing of ours runs yet. */
  static async start(): Promise<NodeStand> {
    const server = await ApiServer.start();
    await server.applyDefinitions();
    for (const name of [SYSTEM_NAMESPACE, 'shop']) await server.apply([namespace(name)]);
    const wanted = /^(ServiceAccount|(Cluster)?Role(Binding)?|ValidatingAdmissionPolicy(Binding)?)$/;
    const rights = render(SYSTEM_NAMESPACE, { 'tlsInspection.namespaces': ['shop'] }).filter(
      ({ kind, metadata }) => wanted.test(kind) && ['sluice-node', 'sluice-tls'].includes(metadata.name),
    );
    await server.apply(rights);
    await server.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }]);
    return new NodeStand(server, await nodeToken(server, NODE), await freePort());
  }

  /** The real controller, as the administrator. */
  startController(): void {
    const client = new ApiClient(loadKubeconfig({ kubeconfig: this.server.kubeconfig() }));
    const source = new Mirror({ client, log: quiet });
    // Nobody judges here: what a node's server refuses must be seen on the node.
    const verdicts = { of: () => ({ kind: 'ok', rules: 0, ids: [], warnings: [] }) as const };
    const controller = new Controller({
      ...{ source, log: quiet, api: client },
      planner: (inForce) => {
        const planner = new Planner(policiesByName(inForce), { verdicts });
        return (world) => planner.plan(world);
      },
    });
    source.start();
    controller.start();
    this.#controller = { source, controller, client };
  }

  startSync(base = 'base.yaml'): void {
    this.#syncs.push(
      this.#spawn('node', [
        ...['node', 'run', '--node', NODE, '--folder', this.folder, '--base', this.directory.join(base)],
        ...['--kubeconfig', this.#kubeconfig, '--namespaces', this.directory.join('netns')],
        ...[
          '--agent-state',
          this.directory.join('agent'),
          '--metrics-host',
          '127.0.0.1',
          '--metrics-port',
          '0',
        ],
      ]),
    );
  }

  /** As the chart has it: when there is a sluice.yaml. */
  async startServe(): Promise<void> {
    while (!existsSync(join(this.folder, 'sluice.yaml'))) await sleep(LOOK_MILLIS);
    this.#serve = this.#spawn('serve', ['serve', '-c', join(this.folder, 'sluice.yaml')]);
  }

  /** In front of the pod's address, for requests by the named policy. */
  async startEnvoy(policy: string): Promise<void> {
    this.#workload = await startWorkload();
    this.#envoy = await startEnvoy({
      bootstrap: proxyBootstrap({
        listeners: [
          {
            ...{ name: 'workload', host: POD_ADDRESS, port: PORT, upstream: this.#workload },
            policy: { name: policy, mode: 'Block', unavailable: 'Closed' },
          },
        ],
        sluiceSockets: [this.directory.join('s.sock')],
        verdictMillis: VERDICT_MILLIS_MAX,
      }),
    });
  }

  /** Nobody answers at the pod's address from then on. */
  async stopEnvoy(): Promise<void> {
    await this.#envoy?.stop();
    this.#envoy = null;
  }

  /** The workload alone, where Envoy was. */
  async startPlain(): Promise<void> {
    this.#plain = createHttpServer((_, response) => response.end('workload')).listen(PORT, POD_ADDRESS);
    await once(this.#plain, 'listening');
  }

  #spawn(name: string, argv: readonly string[]): ChildProcess {
    const { KUBECONFIG: _, ...env } = process.env;
    const child = spawn(process.execPath, [MAIN, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const log = createWriteStream(this.directory.join(`${name}.log`), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
    return child;
  }

  get servePid(): number | undefined {
    return this.#serve?.exitCode === null ? this.#serve.pid : undefined;
  }

  /** Status and body, of the last `sluice node run`. */
  async operators(path: string): Promise<string> {
    const [, port = ''] = /"metrics":"127\.0\.0\.1:(\d+)"(?![\s\S]*"metrics")/.exec(this.log('node')) ?? [];
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(
      () => null, // Told by its text.
    );
    return answer === null ? 'no answer' : `${answer.status} ${await answer.text()}`;
  }

  log(name: 'node' | 'serve'): string {
    const path = this.directory.join(`${name}.log`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** That the agent has taken over last. */
  get table(): AgentTable | null {
    return this.#agent.table;
  }

  /** Running and ready, in a Service and a ReplicaSet of its name. @returns its UID */
  async addPod(name: string, service: string, address: string): Promise<string> {
    const path = '/api/v1/namespaces/shop/pods';
    const pod = await this.server.request('POST', path, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: service } } },
      spec: {
        nodeName: NODE,
        containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: PORT }] }],
      },
    });
    await this.server.request('PATCH', `${path}/${name}/status`, { status: podStatus(address) });
    return pod.metadata.uid;
  }

  /** @param pods by name; their addresses here are not asked for */
  async addService(
    name: string,
    pods: readonly string[],
    annotations: Readonly<Record<string, string>> = {},
    portName = 'http',
  ): Promise<void> {
    await this.server.apply([
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop', annotations } },
        spec: { selector: { app: name }, ports: [{ name: portName, port: 80, targetPort: 'http' }] },
      },
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: { name: `${name}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
        ports: [{ name: portName, port: PORT, protocol: 'TCP' }],
        endpoints: pods.map((pod, index) => ({
          ...{ addresses: [`10.128.0.${index + 1}`], nodeName: NODE },
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', namespace: 'shop', name: pod },
        })),
      },
    ]);
  }

  /** The pod's namespace is known from now on. */
  link(uid: string): void {
    writeFileSync(join(this.directory.join('netns'), uid), '');
  }

  /** Status of the SluiceNode; undefined where there is none. */
  async report(): Promise<NodeReport | undefined> {
    const path = `/apis/${OURS}/sluicenodes/${NODE}`;
    return (await this.server.get<{ readonly status?: NodeReport }>(path)).status;
  }

  async request(query: string): Promise<number> {
    const answer = await fetch(`http://${POD_ADDRESS}:${PORT}/?${query}`, {
      headers: { host: 'shop.example' },
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** The one that was started last. @returns its exit code, or the signal that ended it */
  async endSync(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    return this.#end(this.#syncs.pop() ?? null, signal);
  }

  async #end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<unknown> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code, by] = await exited;
    return code ?? by;
  }

  async stop(): Promise<void> {
    await this.#controller?.controller.stop();
    await this.#controller?.source.stop();
    this.#controller?.client.close();
    for (const sync of this.#syncs) await this.#end(sync, 'SIGKILL');
    await this.#end(this.#serve, 'SIGKILL');
    this.#agent.close();
    await this.#envoy?.stop();
    await this.#workload?.close();
    this.#plain?.close();
    this.#plain?.closeAllConnections();
    await this.server.stop();
    this.directory.remove();
  }
}

/** Reads the table as the node agent does, and says that all of it is intercepted. */
class TableTaker {
  readonly #path: string;
  readonly #directory: string;
  readonly #timer: NodeJS.Timeout;
  #text = '';
  table: AgentTable | null = null;

  constructor(path: string, directory: string) {
    this.#path = path;
    this.#directory = directory;
    this.#timer = setInterval(() => this.#look(), LOOK_MILLIS);
  }

  #look(): void {
    if (!existsSync(this.#path)) return;
    const text = readFileSync(this.#path, 'utf8');
    if (text === this.#text) return;
    this.#text = text;
    this.table = readTable(this.#path);
    const status: AgentStatus = {
      ...{ pid: process.pid, writtenAt: new Date().toISOString(), revision: this.table.revision ?? '' },
      conditions: [],
      envoy: { pid: null, version: '', redirectPort: 15_006, deaths: 0, retiringPid: null },
      pods: this.table.pods.map(({ namespace: place, name, uid, ports }) => ({
        ...{ namespace: place, name, uid, repairs: 0 },
        conditions: [{ type: 'Intercepted', status: 'True', reason: 'Redirected', message: '' }],
        ports: ports.map(({ number }) => ({ number, state: 'Inspected', reason: null })),
      })),
    };
    const path = join(this.#directory, STATUS_FILE);
    writeFileSync(`${path}.new`, JSON.stringify(status));
    renameSync(`${path}.new`, path);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** As the kubelet gives it to the node's pod: it names the node. */
export async function nodeToken(server: ApiServer, node: string): Promise<string> {
  const place = `/api/v1/namespaces/${SYSTEM_NAMESPACE}`;
  const { metadata } = await server.request('POST', `${place}/pods`, {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `sluice-${node}` } },
    spec: {
      ...{ nodeName: node, serviceAccountName: 'sluice-node' },
      containers: [{ name: 'sync', image: 'sluice' }],
    },
  });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid };
  const asked = {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } },
  };
  const path = `${place}/serviceaccounts/sluice-node/token`;
  return (await server.request<{ readonly status: { readonly token: string } }>('POST', path, asked)).status
    .token;
}
