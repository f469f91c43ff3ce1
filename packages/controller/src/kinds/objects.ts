/** Our kinds as TypeScript has them. What a cluster holds is checked against their schemas before it becomes one of these. */
import type { Condition } from '../conditions.ts';

export interface ObjectMeta {
  readonly name: string;
  /** Absent of kinds that have none. */
  readonly namespace?: string;
  readonly uid: string;
  readonly generation: number;
  /** ISO 8601. */
  readonly creationTimestamp: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface CustomObject<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export type Mode = 'Off' | 'Detect' | 'Block';

/**
 * What a policy says, by the names and meanings of sluice.yaml (docs/policies.md). Absent is inherited, field by field.
 * `ruleFiles` has no place here: SecLang comes from RuleSets.
 */
export interface PolicySettings {
  readonly mode?: Mode;
  readonly paranoia?: number;
  readonly thresholds?: { readonly inbound?: number; readonly outbound?: number };
  readonly unavailable?: 'Closed' | 'Open';
  readonly uninspectable?: {
    readonly default?: 'deny' | 'allow';
    readonly overrides?: Readonly<Record<string, 'deny' | 'allow'>>;
  };
  readonly exclusions?: readonly Exclusion[];
  readonly addresses?: { readonly deny?: readonly string[]; readonly allow?: readonly string[] };
  readonly body?: Readonly<Record<string, unknown>>;
  readonly responses?: Readonly<Record<string, unknown>>;
  readonly upgrades?: 'Allow' | 'Deny';
  readonly profile?: 'streaming' | 'buffered' | 'window';
  readonly blockPage?: Readonly<Record<string, unknown>>;
  readonly events?: Readonly<Record<string, unknown>>;
  /** How Envoy asks; of the node's table, not of sluice.yaml. */
  readonly dataPath?: 'ext_authz' | 'ext_proc';
  /** What becomes of ports that cannot be inspected (TLS without a key, no HTTP) in Block. */
  readonly uninspected?: 'Allow' | 'Refuse';
  /** What Envoy does to a path before anybody sees it. */
  readonly paths?: 'AsSent' | 'Normalised' | 'Strict';
}

export interface Exclusion {
  /** Ids, or ranges such as `942100-942199`. */
  readonly rules?: readonly (number | string)[];
  readonly tags?: readonly string[];
  readonly targets?: readonly string[];
  readonly paths?: readonly string[];
  readonly reason?: string;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** A policy's target, as Gateway API's policies have it. */
export interface TargetRef {
  /** `''` for Service; `gateway.networking.k8s.io` for Gateway and HTTPRoute. */
  readonly group: string;
  readonly kind: 'Service' | 'Gateway' | 'HTTPRoute';
  readonly name: string;
  /** A port's name of a Service, a listener's of a Gateway, a rule's of an HTTPRoute. */
  readonly sectionName?: string;
}

/** The TLS key of a port, for which traffic is inspected that is TLS. */
export interface TlsRef {
  /** The port's name or number. */
  readonly port: string;
  /** Of type kubernetes.io/tls, in the policy's namespace. */
  readonly secretName: string;
}

/** Namespaced. With neither `targetRefs` nor `workloadSelector` it is for all of its namespace that is selected. */
export interface WafPolicySpec extends PolicySettings {
  readonly targetRefs?: readonly TargetRef[];
  /** Pods of the namespace, which it selects for inspection by itself. */
  readonly workloadSelector?: LabelSelector;
  /** Of the same namespace, in this order behind those of the cluster's policies. */
  readonly ruleSets?: readonly string[];
  readonly tls?: readonly TlsRef[];
}

/** How far policies of namespaces may be weaker than what they inherit. What is absent here may not be weakened. */
export interface Allowances {
  /** The weakest mode. */
  readonly mode?: Mode;
  /** The lowest paranoia level. */
  readonly paranoia?: number;
  /** The highest thresholds. */
  readonly thresholds?: { readonly inbound?: number; readonly outbound?: number };
  /** Rules that exclusions may name, and that SecLang may remove or change: ids, ranges; `*` for all that are not protected. */
  readonly exclusions?: readonly (number | string)[];
  /** Any of these may be chosen. */
  readonly unavailable?: readonly ('Closed' | 'Open')[];
  /** Causes for which `uninspectable` may say allow. */
  readonly uninspectable?: readonly string[];
  /** Whether clients may be let by uninspected (`addresses.allow`). */
  readonly addresses?: boolean;
  /** Whether `uninspected: Allow` may be said. */
  readonly uninspected?: boolean;
  /** Whether RuleSets of the namespace may be used at all; default true, for rules of one's own are stricter. */
  readonly ruleSets?: boolean;
}

/** For the whole cluster. The oldest one that matches a namespace is what the namespace inherits. */
export interface ClusterWafPolicySpec {
  /** Namespaces that it is for; all where absent. */
  readonly namespaceSelector?: LabelSelector;
  /** Selects all Services of these namespaces without an annotation. Default: none. */
  readonly select?: 'Annotated' | 'All';
  readonly defaults?: PolicySettings;
  readonly allow?: Allowances;
  /** RuleSets of Sluice's own namespace. */
  readonly ruleSets?: readonly string[];
}

export interface RuleTest {
  readonly name: string;
  readonly request: {
    readonly method?: string;
    readonly uri: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly expect: {
    /** Rules that must match, and that must not. */
    readonly matched?: readonly number[];
    readonly notMatched?: readonly number[];
    readonly denied?: boolean;
  };
}

/** Fragments of SecLang. */
export interface RuleSetSpec {
  /** Before the CRS. */
  readonly before?: string;
  /** Behind it. */
  readonly after?: string;
  readonly tests?: readonly RuleTest[];
}

/** The installation: one object, named `sluice`. */
export interface SluiceSpec {
  /** What policies inherit where no ClusterWAFPolicy says otherwise. */
  readonly defaults?: PolicySettings;
  /** Namespaces beside those that never are. */
  readonly excludedNamespaces?: readonly string[];
  /** CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  readonly quarantine?: QuarantineSpec;
  /** Whether kinds of Calico's are read: default `Auto`, where no controller of Calico's manages them. */
  readonly calico?: 'Auto' | 'Never';
}

export interface QuarantineSpec {
  /** Default: Propose. */
  readonly automatic?: 'Propose' | 'Act';
  /** Pods a workload an hour that are put into quarantine by themselves; default 1. */
  readonly podsPerWorkloadAndHour?: number;
  /** Seconds; default 3,600. */
  readonly expirySeconds?: number;
  readonly neverNamespaces?: readonly string[];
}

export type Sluice = CustomObject<SluiceSpec>;
export type ClusterWafPolicy = CustomObject<ClusterWafPolicySpec>;
export type WafPolicy = CustomObject<WafPolicySpec>;
export type RuleSet = CustomObject<RuleSetSpec>;
