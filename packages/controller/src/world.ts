/** What is known of a cluster, as the planner sees it: read-only, without anything that it does not ask for. */

import type { GatewayObjects } from './gateway-api.ts';
import type { Alert, ClusterWafPolicy, ObjectMeta, RuleSet, Sluice, WafPolicy } from './kinds/objects.ts';
import type { NodeReport } from './plan/node-report.ts';
import type { ObjectReport } from './plan/plan.ts';

export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServicePort {
  /** `''` where it has none. */
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol: string | null;
}

export interface Service {
  readonly metadata: ObjectMeta;
  readonly ports: readonly ServicePort[];
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
}

/** One EndpointSlice: which pods stand behind a Service, and on which of their ports. */
export interface EndpointSlice {
  readonly namespace: string;
  readonly name: string;
  /** Name of the Service. */
  readonly service: string;
  /** Container ports of TCP by the Service port's name. */
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly appProtocol: string | null;
  }[];
  /** Names of pods; endpoints that are none are left out. */
  readonly pods: readonly string[];
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `''` until it is scheduled. */
  readonly node: string;
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** It has not ended: its network namespace is there, or will be. One on its way out, or not ready, serves as long as it is there. */
  readonly alive: boolean;
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What it belongs to in the end, `Deployment/shop`; itself, `Pod/NAME`, where it belongs to nothing. */
  readonly owner: string;
  /** Container ports of TCP that are declared; `''` where one has no name. */
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

/** An object of ours that does not say what its kind asks. Its last version that did is in the map of its kind, where this process has seen one. */
export interface InvalidObject {
  readonly kind: ObjectReport['kind'];
  readonly metadata: ObjectMeta;
  /** What is wrong, for people. */
  readonly problem: string;
}

export interface Secret {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/** A SluiceNode as the API server has it. A node has its plan where the plan's digest is `specDigest`, and runs it where it has also reported `generation`. */
export interface NodeState {
  /** Of the object: it rises with each change of the spec. */
  readonly generation: number;
  /** `digestOfJson` of its spec (canonical-json.ts). */
  readonly specDigest: string;
  /** Null where it has said nothing yet. */
  readonly report: NodeReport | null;
}

/** What Calico's kinds come to, beside the policies, RuleSets and alerts that were translated from them (names.ts, CALICO_PREFIX). */
export interface CalicoState {
  /** Whether a Service is selected by CALICO_L7_ANNOTATION: an ApplicationLayer says that the firewall is on. */
  readonly annotationSelects: boolean;
  /** What manages Calico's kinds in this cluster, so that nothing of theirs is acted on; null where nothing does. */
  readonly managedBy: string | null;
  /** What is said of each object of Calico's: what of it is not honoured, and why. */
  readonly reports: readonly CalicoReport[];
}

export interface CalicoReport {
  readonly apiVersion: string;
  readonly kind: string;
  /** `''` where the kind has none. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** False: nothing of it has effect. */
  readonly accepted: boolean;
  /** Fields that are not honoured, each with its reason. */
  readonly notHonoured: readonly { readonly path: string; readonly reason: string }[];
}

/** Objects by `namespace/name`, or by name where the kind has no namespace. */
export interface World {
  readonly sluice: Sluice | null;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly services: ReadonlyMap<string, Service>;
  readonly endpointSlices: ReadonlyMap<string, EndpointSlice>;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly clusterPolicies: ReadonlyMap<string, ClusterWafPolicy>;
  readonly policies: ReadonlyMap<string, WafPolicy>;
  readonly ruleSets: ReadonlyMap<string, RuleSet>;
  readonly alerts: ReadonlyMap<string, Alert>;
  /** Null where Calico's kinds are not read (`spec.calico: Never`). Of two that hold for the same, ours goes before Calico's, whatever their age. */
  readonly calico: CalicoState | null;
  /** By `Kind/namespace/name`, or `Kind/name`. */
  readonly invalid: ReadonlyMap<string, InvalidObject>;
  readonly gateway: GatewayObjects;
  /** Of the kind kubernetes.io/tls, as far as policies name them. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** What nodes have been told, and what they have said, by name. */
  readonly nodes: ReadonlyMap<string, NodeState>;
}
