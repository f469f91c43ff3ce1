/** Tables of nodes: the selected pods of each, with the policy of each port. */
import { isIPv6 } from 'node:net';
import type { GuardPolicy } from '@sluice/envoy-config';
import { parseNetwork } from '@sluice/server/networks';
import type { ClusterWafPolicy, PolicySettings, WafPolicy } from '../kinds/objects.ts';
import type { World } from '../world.ts';
import type { SelectedPod, SelectedPort } from './claims.ts';
import { PODS_PER_NODE_MAX, PORTS_PER_POD_MAX, TRUSTED_PROXIES_MAX } from './limits.ts';
import type { Memo } from './memo.ts';
import type { Namespaces } from './namespaces.ts';
import { addTo, byText, keyOf } from './order.ts';
import type { NodePlan, PlannedPod, PlannedPolicy } from './plan.ts';
import type { Effective, Policies } from './policies.ts';
import { guardOf } from './settings.ts';

export interface Nodes {
  /** By name, sorted. */
  readonly plans: ReadonlyMap<string, NodePlan>;
  /** By digest, sorted by name. */
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
  /** Pods that cannot be intercepted, or are left out, by key. */
  readonly exceptions: ReadonlyMap<string, string>;
  /** Who uses a policy, by its name. */
  readonly uses: ReadonlyMap<string, Uses>;
  /** What is beyond a bound, and so goes uninspected, by the name of the policy that is for it. */
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

/** By node, in words. */
export type LeftOut = ReadonlyMap<string, readonly string[]>;

/** By node: UIDs of its pods that have the policy on any port. */
export type Uses = ReadonlyMap<string, ReadonlySet<string>>;

export interface NodeContext {
  readonly world: World;
  readonly namespaces: Namespaces;
  readonly policies: Policies;
  readonly pods: ReadonlyMap<string, SelectedPod>;
  readonly kept: Memo<PlannedPod>;
  readonly keptPlans: KeptPlans;
}

/** Plans of nodes that say what they said before are the same objects, so that their digests need not be made again. */
export class KeptPlans {
  #last: ReadonlyMap<string, NodePlan> = new Map();

  take(plans: ReadonlyMap<string, NodePlan>): ReadonlyMap<string, NodePlan> {
    const taken = new Map<string, NodePlan>();
    for (const [node, plan] of plans) {
      const before = this.#last.get(node);
      taken.set(node, before !== undefined && isSamePlan(before, plan) ? before : plan);
    }
    this.#last = taken;
    return taken;
  }
}

/** Pods are kept by what they depend on. */
function isSamePlan(before: NodePlan, after: NodePlan): boolean {
  const { pods, policies, trustedProxies } = after;
  return (
    isSameList(before.pods, pods, Object.is) &&
    isSameList(before.trustedProxies, trustedProxies, Object.is) &&
    isSameList(
      before.policies,
      policies,
      (one, other) => one.name === other.name && one.digest === other.digest,
    )
  );
}

const isSameList = <T>(
  before: readonly T[],
  after: readonly T[],
  isSame: (one: T, other: T) => boolean,
): boolean => before.length === after.length && before.every((entry, at) => isSame(entry, after[at] as T));

/** What a port without a WAFPolicy has. */
export function effectiveOf(
  policy: WafPolicy | null,
  governing: ClusterWafPolicy | null,
  policies: Policies,
): Effective {
  const own = policy === null ? undefined : policies.own.get(keyOf(policy.metadata));
  const cluster = governing === null ? undefined : policies.cluster.get(governing.metadata.name);
  return own ?? cluster ?? policies.default;
}

export function nodesOf(context: NodeContext): Nodes {
  const { world, policies } = context;
  const byNode = new Map<string, PlannedPod[]>([...world.nodes.keys()].map((name) => [name, []]));
  const exceptions = new Map<string, string>();
  const leftOut = new Map<string, Map<string, string[]>>();
  const leave = (key: string, pod: SelectedPod['pod'], ports: SelectedPod['ports'], why: string): void => {
    exceptions.set(key, `TooLarge: ${why}`);
    for (const name of new Set(ports.map((port) => policyNameOf(port, pod.namespace, context)))) {
      const nodes = leftOut.get(name) ?? new Map<string, string[]>();
      leftOut.set(name, nodes);
      addTo(nodes, pod.node, `${key}: ${why}`);
    }
  };
  const used = new Map<string, Effective>([[policies.default.planned.name, policies.default]]);
  for (const { key, pod, ports } of context.pods.values()) {
    if (pod.node === '') continue;
    if (pod.addresses.length === 0) {
      exceptions.set(key, 'Pending: it has no address yet');
      continue;
    }
    const there = byNode.get(pod.node) ?? [];
    if (there.length >= PODS_PER_NODE_MAX) {
      leave(key, pod, ports, `node ${pod.node} has more than ${PODS_PER_NODE_MAX} selected pods`);
      continue;
    }
    if (ports.length > PORTS_PER_POD_MAX)
      leave(
        key,
        pod,
        ports.slice(PORTS_PER_POD_MAX),
        `of its ${ports.length} ports the first ${PORTS_PER_POD_MAX} are inspected`,
      );
    if (pod.hostNetwork)
      exceptions.set(key, "NotSupported: on the host network its traffic cannot be told from the node's own");
    addTo(
      byNode,
      pod.node,
      plannedPod({ key, pod, ports: ports.slice(0, PORTS_PER_POD_MAX) }, context, used),
    );
  }
  const trustedProxies = proxiesOf(world).ranges;
  const made = new Map<string, NodePlan>();
  for (const [node, pods] of [...byNode].sort((a, b) => byText(a[0], b[0])))
    made.set(node, { node, trustedProxies, pods, policies: named(pods, used) });
  const plans = context.keptPlans.take(made);
  return { plans, policies: contents(plans, used), exceptions, uses: usesOf(plans), leftOut };
}

const policyNameOf = (port: SelectedPort, namespace: string, { namespaces, policies }: NodeContext): string =>
  effectiveOf(port.policy, namespaces.governing(namespace), policies).planned.name;

/** Ranges that a table takes, and what is left out. */
export function proxiesOf({ sluice }: World): {
  readonly ranges: readonly string[];
  readonly ignored: readonly string[];
} {
  const given = sluice?.spec.trustedProxies ?? [];
  const ranges = given.filter((range) => range.includes('/') && parseNetwork(range) !== null);
  const taken = ranges.slice(0, TRUSTED_PROXIES_MAX);
  return { ranges: taken, ignored: given.filter((range) => !taken.includes(range)) };
}

function plannedPod(
  { pod, ports }: SelectedPod,
  context: NodeContext,
  used: Map<string, Effective>,
): PlannedPod {
  const governing = context.namespaces.governing(pod.namespace);
  const each = ports.map((port) => ({
    port,
    effective: effectiveOf(port.policy, governing, context.policies),
  }));
  for (const { effective } of each) used.set(effective.planned.name, effective);
  const [main] = each;
  const most = main?.effective ?? context.policies.default;
  const inputs = each.flatMap(({ port: { number, protocol, tlsSecret }, effective }) => [
    ...[number, protocol, tlsSecret, effective.digest],
  ]);
  return context.kept.of(pod, inputs, () => ({
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    hostNetwork: pod.hostNetwork,
    ipFamilies: familiesOf(pod.addresses),
    policy: most.planned.name,
    ...guardOf(most.settings),
    ports: each.map(({ port, effective }) => plannedPort(port, effective, most)),
    exemptSources: [],
  }));
}

const familiesOf = (addresses: readonly string[]): PlannedPod['ipFamilies'] => [
  ...(addresses.some((address) => !isIPv6(address)) ? (['IPv4'] as const) : []),
  ...(addresses.some((address) => isIPv6(address)) ? (['IPv6'] as const) : []),
];

function plannedPort(port: SelectedPort, effective: Effective, most: Effective): PlannedPod['ports'][number] {
  const { number, protocol, tlsSecret } = port;
  const { uninspected, paths, upgrades = 'Allow' }: PolicySettings = effective.settings;
  const guard: GuardPolicy = guardOf(effective.settings);
  // What a tunnel carries is not inspected, but it opens only where the workload itself agrees to it.
  const tunnels = upgrades === 'Allow' && (protocol === 'http' || (protocol === 'tls' && tlsSecret !== null));
  return {
    number,
    protocol,
    ...(tlsSecret === null ? {} : { tlsSecret }),
    ...(uninspected === undefined ? {} : { uninspected }),
    ...(tunnels ? { upgrades: ['websocket'] } : {}),
    ...(paths === undefined ? {} : { paths }),
    ...(effective === most ? {} : { policy: { name: effective.planned.name, ...guard } }),
  };
}

const namesOf = (pod: PlannedPod): readonly string[] => [
  pod.policy,
  ...pod.ports.flatMap(({ policy }) => (policy === undefined ? [] : [policy.name])),
];

function named(pods: readonly PlannedPod[], used: ReadonlyMap<string, Effective>): NodePlan['policies'] {
  const names = new Set(['default', ...pods.flatMap(namesOf)]);
  return [...names].sort(byText).flatMap((name) => {
    const digest = used.get(name)?.digest;
    return digest === undefined ? [] : [{ name, digest }];
  });
}

function contents(
  plans: ReadonlyMap<string, NodePlan>,
  used: ReadonlyMap<string, Effective>,
): ReadonlyMap<string, PlannedPolicy> {
  const names = new Set([...plans.values()].flatMap(({ policies }) => policies.map(({ name }) => name)));
  return new Map(
    [...names].sort(byText).flatMap((name) => {
      const effective = used.get(name);
      return effective === undefined ? [] : [[effective.digest, effective.planned] as const];
    }),
  );
}

function usesOf(plans: ReadonlyMap<string, NodePlan>): ReadonlyMap<string, Uses> {
  const uses = new Map<string, Map<string, Set<string>>>();
  for (const { node, pods } of plans.values()) {
    for (const pod of pods) {
      for (const name of namesOf(pod)) {
        const nodes = uses.get(name) ?? new Map<string, Set<string>>();
        uses.set(name, nodes.set(node, (nodes.get(node) ?? new Set()).add(pod.uid)));
      }
    }
  }
  return uses;
}
