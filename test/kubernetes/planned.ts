/** Plans and worlds made by hand: what a writer is given, without a planner. */
import type { WorldSource } from '../../packages/controller/src/controller.ts';
import { NO_GATEWAY_OBJECTS } from '../../packages/controller/src/gateway-api.ts';
import type { CustomObject, ObjectMeta } from '../../packages/controller/src/kinds/objects.ts';
import type {
  NodePlan,
  ObjectReport,
  Plan,
  PlannedPod,
  PlannedPolicy,
  Workload,
} from '../../packages/controller/src/plan/plan.ts';
import { policyDigest } from '../../packages/controller/src/policy-content.ts';
import type { World } from '../../packages/controller/src/world.ts';

export const policyOf = (name: string, text = ''): PlannedPolicy => ({
  name,
  settings: { mode: 'Block', paranoia: 1 },
  before: text === '' ? [] : [{ source: 'shop/rules', text }],
  after: [],
});

export const podOf = (uid: string, policy: string): PlannedPod => ({
  ...{ namespace: 'shop', name: `shop-${uid}`, uid, hostNetwork: false, ipFamilies: ['IPv4'] },
  ...{ policy, mode: 'Block', unavailable: 'Closed' },
  ports: [{ number: 8080, protocol: 'http' }],
  exemptSources: [],
});

export const nodeOf = (
  node: string,
  pods: readonly PlannedPod[],
  policies: readonly PlannedPolicy[],
): NodePlan => ({
  ...{ node, trustedProxies: [], pods },
  policies: policies.map((policy) => ({ name: policy.name, digest: policyDigest(policy) })),
});

export const workloadOf = (uid: string, owner = 'Deployment/shop'): Workload => ({
  ...{ addresses: ['10.1.2.3'], namespace: 'shop', pod: `shop-${uid}`, uid, node: 'a', owner },
  labels: ['app=shop'],
  services: ['shop'],
});

export interface PlanParts {
  readonly policies?: readonly PlannedPolicy[];
  readonly nodes?: readonly NodePlan[];
  readonly workloads?: readonly Workload[];
  readonly reports?: readonly ObjectReport[];
}

export const planOf = ({ policies = [], nodes = [], workloads = [], reports = [] }: PlanParts): Plan => ({
  policies: new Map(policies.map((policy) => [policyDigest(policy), policy])),
  nodes: new Map(nodes.map((node) => [node.node, node])),
  ...{ workloads, reports, services: [] },
});

export const EMPTY: World = {
  sluice: null,
  namespaces: new Map(),
  services: new Map(),
  endpointSlices: new Map(),
  pods: new Map(),
  clusterPolicies: new Map(),
  policies: new Map(),
  ruleSets: new Map(),
  alerts: new Map(),
  calico: null,
  invalid: new Map(),
  gateway: NO_GATEWAY_OBJECTS,
  secrets: new Map(),
  nodes: new Map(),
};

/** An object that an API server gave, as a mirror would have it. */
export function objectOf<Spec>(body: unknown): CustomObject<Spec> {
  const { metadata, spec, status } = body as CustomObject<Spec>;
  const meta: ObjectMeta = {
    ...metadata,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  };
  return { metadata: meta, spec, ...(status && { status }) };
}

/** A world that a test sets. */
export class GivenWorld implements WorldSource {
  #world: World = EMPTY;
  readonly #callbacks = new Set<() => void>();

  synced(): Promise<void> {
    return Promise.resolve();
  }

  world(): World {
    return this.#world;
  }

  set(world: World): void {
    this.#world = world;
    for (const callback of this.#callbacks) callback();
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }
}
