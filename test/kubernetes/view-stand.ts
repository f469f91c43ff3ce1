/** A small cluster under a real controller: Services with pods, and nodes that say what a test has them say. */

import { policiesByName } from '../../packages/controller/src/apply/in-force.ts';
import { reportsOfOurs } from '../../packages/controller/src/calico/statuses.ts';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import { Controller } from '../../packages/controller/src/controller.ts';
import { API_VERSION } from '../../packages/controller/src/kinds/names.ts';
import { Mirror } from '../../packages/controller/src/mirror/mirror.ts';
import type { NodeReport, PodReport } from '../../packages/controller/src/plan/node-report.ts';
import { Planner } from '../../packages/controller/src/plan/planner.ts';
import type { RuleSetVerdicts } from '../../packages/controller/src/rules/verdict.ts';
import type { World } from '../../packages/controller/src/world.ts';
import type { Manifest } from './api-requests.ts';
import type { ApiServer } from './api-server.ts';
import { podStatus } from './fake-workloads.ts';

export const SYSTEM = 'sluice-system';
export const OURS = `/apis/${API_VERSION}`;
const LEASE = { durationMillis: 12_000, renewMillisMax: 9_000, retryMillis: 200 };
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

const ALL_GOOD: RuleSetVerdicts = { of: () => ({ kind: 'ok', rules: 1, ids: [1], warnings: [] }) };

export interface ServiceParts {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Names by node. */
  readonly pods?: Readonly<Record<string, string>>;
  readonly port?: string;
  readonly hostNetwork?: boolean;
}

export interface RunningController {
  /** To be called where verdicts have changed. */
  readonly changed: () => void;
  /** Resolves when the newest plan stands in the API server. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ControllerParts {
  readonly verdicts?: RuleSetVerdicts;
  /** Called before each plan; what it throws is the planner's. */
  readonly before?: (world: World) => void;
}

/** Leads soon; to be stopped before the server is. */
export function startController(
  server: ApiServer,
  { verdicts = ALL_GOOD, before = () => undefined }: ControllerParts = {},
): RunningController {
  const client = new ApiClient(loadKubeconfig({ kubeconfig: server.kubeconfig() }));
  const mirror = new Mirror({ client, log: QUIET });
  const controller = new Controller({
    ...{ source: mirror, api: client, log: QUIET, namespace: SYSTEM, lease: LEASE },
    planner: (inForce) => {
      const planner = new Planner(policiesByName(inForce), { verdicts, namespace: SYSTEM });
      return (world) => {
        before(world);
        const plan = planner.plan(world);
        return { ...plan, reports: reportsOfOurs(plan.reports, world.calico) };
      };
    },
  });
  mirror.start();
  controller.start();
  return {
    changed: () => controller.changed(),
    settled: () => controller.settled(),
    async stop() {
      await controller.stop();
      await mirror.stop();
      client.close();
    },
  };
}

export const ours = (kind: string, name: string, spec: object, namespace?: string): Manifest => ({
  ...{ apiVersion: API_VERSION, kind, spec },
  metadata: { name, ...(namespace !== undefined && { namespace }) },
});

let addresses = 0;

/** A Service with its pods and its EndpointSlice. @returns UIDs by name of the pod */
export async function makeService(
  server: ApiServer,
  namespace: string,
  name: string,
  { annotations = {}, pods = {}, port = 'http', hostNetwork = false }: ServiceParts = {},
): Promise<Readonly<Record<string, string>>> {
  await server.request('POST', `/api/v1/namespaces/${namespace}/services`, {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, annotations } },
    spec: { selector: { app: name }, ports: [{ name: port, port: 80, targetPort: 8080 }] },
  });
  const uids: Record<string, string> = {};
  for (const [pod, nodeName] of Object.entries(pods)) {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { metadata } = await server.request('POST', path, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, labels: { app: name } } },
      spec: {
        nodeName,
        hostNetwork,
        containers: [{ name: 'app', image: 'app', ports: [{ containerPort: 8080 }] }],
      },
    });
    addresses += 1;
    await server.request('PATCH', `${path}/${pod}/status`, { status: podStatus(`10.200.0.${addresses}`) });
    uids[pod] = metadata.uid;
  }
  await server.request('POST', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: `${name}-x7k2q`, labels: { 'kubernetes.io/service-name': name } },
    ports: [{ name: port, port: 8080, protocol: 'TCP' }],
    endpoints: Object.keys(pods).map((pod, at) => ({
      ...{ addresses: [`10.200.1.${at + 1}`], conditions: { ready: true } },
      targetRef: { kind: 'Pod', namespace, name: pod },
    })),
  });
  return uids;
}

interface NodeObject {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly policies: NodeReport['policies'];
    readonly pods: readonly { readonly uid: string }[];
  };
}

/** As a node that has taken up all that it was told; of pods what is said of them, else that they are enforced. */
export async function nodeSays(
  server: ApiServer,
  node: string,
  pods: Readonly<Record<string, Partial<PodReport>>> = {},
  more: Partial<NodeReport> = {},
): Promise<void> {
  const { metadata, spec } = await server.get<NodeObject>(`${OURS}/sluicenodes/${node}`);
  const report = {
    ...{ observedGeneration: metadata.generation, ruleSetVersion: 'v1', problem: '' },
    ...{ heartbeatAt: new Date().toISOString(), policies: spec.policies },
    pods: spec.pods.map(({ uid }) => ({
      ...{ uid, intercepted: true, reason: '', enforced: true, message: '' },
      ...pods[uid],
    })),
    ...more,
  };
  await server.request('PATCH', `${OURS}/sluicenodes/${node}/status`, { status: report });
}
