/** What a cluster's objects come to: tables of nodes, policies, who stands behind addresses, and what is said of each object. */
import type { GuardPolicy, InterceptedPort, IpFamily } from '@sluice/envoy-config';
import type { ConditionFact } from '../conditions.ts';
import type { Mode, PolicySettings } from '../kinds/objects.ts';

/** A pod of a node's table but for what only the node knows: the path of its network namespace, and paths of keys. */
export interface PlannedPod extends GuardPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly hostNetwork: boolean;
  readonly ipFamilies: readonly IpFamily[];
  /** Name of a policy of the same plan. */
  readonly policy: string;
  /** `tlsSecret` is `namespace/name` of the key. */
  readonly ports: readonly (Omit<InterceptedPort, 'tls'> & { readonly tlsSecret?: string })[];
  readonly exemptSources: readonly string[];
}

/**
 * A policy in force, whole: an entry of `policies` in sluice.yaml without `ruleFiles`, and the SecLang that stands before and
 * behind the CRS. The same content has the same digest, and is written once, whoever uses it.
 */
export interface PlannedPolicy {
  /**
   * Key in sluice.yaml: `namespace/name` of the WAFPolicy; `cluster.NAME` of a ClusterWAFPolicy's defaults; `default`. No two of them
   * can be the same: only the first has a slash, and a namespace may be called `cluster`.
   */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Settings that are of the node's table and not of sluice.yaml; absent where there are none. They stand here too so that a policy can
   * be taken up again, whole, from what is in force.
   */
  readonly table?: Pick<PolicySettings, 'dataPath' | 'uninspected' | 'paths'>;
  readonly before: readonly RuleText[];
  readonly after: readonly RuleText[];
}

export interface RuleText {
  /** `namespace/name` of the RuleSet. */
  readonly source: string;
  readonly text: string;
}

/** Spec of a SluiceNode. */
export interface NodePlan {
  readonly node: string;
  readonly trustedProxies: readonly string[];
  readonly pods: readonly PlannedPod[];
  /** Policies that its pods name, and `default`, sorted by name. */
  readonly policies: readonly { readonly name: string; readonly digest: string }[];
}

/** Who stands behind an address. A WorkloadSlice holds many. */
export interface Workload {
  readonly addresses: readonly string[];
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly node: string;
  readonly owner: string;
  /** `app=shop`; the well-known ones and `app`, bounded in number. */
  readonly labels: readonly string[];
  /** Names of Services of the same namespace that lead to it. */
  readonly services: readonly string[];
}

/** What is said of an object whose kind is ours, or that was translated from one of Calico's (names.ts, CALICO_PREFIX). */
export interface ObjectReport {
  readonly kind: 'Sluice' | 'ClusterWAFPolicy' | 'WAFPolicy' | 'RuleSet' | 'Alert';
  /** `namespace/name`, or name. */
  readonly key: string;
  readonly generation: number;
  readonly conditions: readonly ConditionFact[];
}

/** What is said of a Service: as an annotation-free record for `sluice status` and `explain`. */
export interface ServiceReport {
  readonly service: string;
  readonly selected: boolean;
  /** In words: which annotation, policy or default has selected it, or why it is not. */
  readonly because: string;
  readonly policy: string | null;
  readonly mode: Mode | null;
  readonly ports: readonly {
    /** The Service's own. */
    readonly port: number;
    /** Of containers, ascending: none where no pod is there. */
    readonly containerPorts?: readonly number[];
    readonly protocol: 'http' | 'h2c' | 'tls' | 'tcp';
    /** What has said so. */
    readonly because: string;
    /** Where it differs from the Service's. */
    readonly policy?: string;
    readonly mode?: Mode;
  }[];
  /** That are selected by way of it. */
  readonly pods: number;
  /** Pods that cannot be intercepted, with the reason. */
  readonly exceptions: readonly { readonly pod: string; readonly reason: string }[];
}

export interface Plan {
  readonly nodes: ReadonlyMap<string, NodePlan>;
  /** By digest. */
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
  readonly workloads: readonly Workload[];
  readonly reports: readonly ObjectReport[];
  readonly services: readonly ServiceReport[];
  /** When there is something else to be said though nothing has changed, in milliseconds since the epoch; never where it is not there. */
  readonly dueAt?: number;
}
