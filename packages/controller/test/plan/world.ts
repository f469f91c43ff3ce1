/** Worlds for tests, told in few words. */
import type { RawObject } from '../../src/cluster/source.ts';
import type { GatewayObjects } from '../../src/gateway-api.ts';
import type {
  ClusterWafPolicySpec,
  ObjectMeta,
  RuleSetSpec,
  SluiceSpec,
  WafPolicySpec,
} from '../../src/kinds/objects.ts';
import { gatewayOf, listenerSetOf, referenceGrantOf, routeOf } from '../../src/mirror/gateway-objects.ts';
import type { NodeReport } from '../../src/plan/node-report.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type PlanOptions, plan } from '../../src/plan/planner.ts';
import type { RuleSetVerdicts } from '../../src/rules/verdict.ts';
import type { EndpointSlice, Pod, Service, World } from '../../src/world.ts';

/** @param key `namespace/name`, or name @param age the smaller the older */
export function meta(key: string, age = 5, annotations: Readonly<Record<string, string>> = {}): ObjectMeta {
  const [name = '', namespace] = key.split('/').toReversed();
  return {
    ...{ name, ...(namespace === undefined ? {} : { namespace }), uid: `uid-${key}`, generation: 1 },
    ...{ resourceVersion: '1', labels: {}, annotations },
    creationTimestamp: `2026-01-01T00:00:${String(age).padStart(2, '0')}Z`,
  };
}

interface ServiceWords {
  readonly age?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: one port 80, of containers 8080. */
  readonly ports?: readonly {
    readonly port?: number;
    readonly name?: string;
    readonly to?: number;
    readonly appProtocol?: string;
    readonly protocol?: 'TCP' | 'UDP';
  }[];
  readonly pods?: readonly string[];
  readonly type?: Service['type'];
}

/** Specs as they are written, by key. */
export interface GatewayWords {
  readonly gateways?: Readonly<Record<string, object>>;
  readonly httpRoutes?: Readonly<Record<string, RouteWords>>;
  readonly grpcRoutes?: Readonly<Record<string, RouteWords>>;
  readonly listenerSets?: Readonly<Record<string, object>>;
  readonly grants?: Readonly<Record<string, object>>;
}

interface RouteWords {
  readonly status?: object;
  readonly [field: string]: unknown;
}

export interface Words {
  readonly sluice?: SluiceSpec;
  /** Labels by name. Default: `shop`, `other`. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly services?: Readonly<Record<string, ServiceWords>>;
  readonly pods?: Readonly<Record<string, Partial<Pod>>>;
  readonly cluster?: Readonly<Record<string, ClusterWafPolicySpec & { readonly age?: number }>>;
  readonly policies?: Readonly<Record<string, WafPolicySpec & { readonly age?: number }>>;
  readonly ruleSets?: Readonly<Record<string, RuleSetSpec>>;
  readonly secrets?: readonly string[];
  readonly gateway?: GatewayWords;
  readonly nodes?: Readonly<
    Record<
      string,
      { readonly generation: number; readonly specDigest: string; readonly report: NodeReport | null }
    >
  >;
  readonly calico?: boolean;
}

const mapOf = <V, W>(record: Readonly<Record<string, V>> | undefined, make: (key: string, value: V) => W) =>
  new Map(Object.entries(record ?? {}).map(([key, value]) => [key, make(key, value)] as const));

const aged = <Spec extends object>(key: string, { age, ...spec }: Spec & { readonly age?: number }) => ({
  metadata: meta(key, age),
  spec: spec as unknown as Spec,
});

let address = 0;

function podOf(key: string, words: Partial<Pod>): Pod {
  const [namespace = '', name = ''] = key.split('/');
  return {
    ...{ namespace, name, uid: `uid-${key}`, node: 'n1', hostNetwork: false, alive: true, ready: true },
    ...{ addresses: [`10.0.${(++address >> 8) & 255}.${address & 255}`], labels: {}, annotations: {} },
    ...{ owner: `Pod/${name}`, ports: [] },
    ...words,
  };
}

function serviceOf(
  key: string,
  { age, annotations = {}, ports = [{}], type = 'ClusterIP' }: ServiceWords,
): Service {
  return {
    metadata: meta(key, age, annotations),
    type,
    ports: ports.map(({ port = 80, name = '', appProtocol = null, protocol = 'TCP' }) => ({
      ...{ port, name, appProtocol, protocol },
    })),
  };
}

function sliceOf(key: string, { ports = [{}], pods = [] }: ServiceWords): EndpointSlice {
  const [namespace = '', service = ''] = key.split('/');
  return {
    ...{ namespace, service, name: `${service}-1`, pods },
    ports: ports.map(({ name = '', to = 8_080 }) => ({ name, port: to, appProtocol: null })),
  };
}

function rawOf(key: string, { status, ...spec }: RouteWords): RawObject {
  return { metadata: meta(key), spec, ...(status === undefined ? {} : { status }) };
}

function gatewayObjects(words: GatewayWords = {}): GatewayObjects {
  const sets = Object.entries(words.listenerSets ?? {}).flatMap(([key, spec]) => {
    const set = listenerSetOf(rawOf(key, { ...spec }));
    return set === null ? [] : [[key, set] as const];
  });
  return {
    gateways: mapOf(words.gateways, (key, spec) => gatewayOf(rawOf(key, { ...spec }))),
    httpRoutes: mapOf(words.httpRoutes, (key, spec) => routeOf('HTTPRoute')(rawOf(key, spec))),
    grpcRoutes: mapOf(words.grpcRoutes, (key, spec) => routeOf('GRPCRoute')(rawOf(key, spec))),
    listenerSets: new Map(sets),
    grants: mapOf(words.grants, (key, spec) => referenceGrantOf(rawOf(key, { ...spec }))),
  };
}

export function world(words: Words): World {
  const sluice = words.sluice === undefined ? null : { metadata: meta('sluice'), spec: words.sluice };
  return {
    sluice,
    namespaces: mapOf(words.namespaces ?? { shop: {}, other: {} }, (name, labels) => ({ name, labels })),
    services: mapOf(words.services, serviceOf),
    endpointSlices: new Map([...mapOf(words.services, sliceOf)].map(([key, slice]) => [`${key}-1`, slice])),
    pods: mapOf(words.pods, podOf),
    clusterPolicies: mapOf(words.cluster, aged<ClusterWafPolicySpec>),
    policies: mapOf(words.policies, aged<WafPolicySpec>),
    ruleSets: mapOf(words.ruleSets, (key, spec) => ({ metadata: meta(key), spec })),
    alerts: new Map(),
    calico: words.calico === true ? { annotationSelects: true, managedBy: null, reports: [] } : null,
    invalid: new Map(),
    gateway: gatewayObjects(words.gateway),
    secrets: new Map(
      (words.secrets ?? []).map((key) => {
        const [namespace = '', name = ''] = key.split('/');
        return [key, { namespace, name, resourceVersion: '1' }];
      }),
    ),
    nodes: new Map(Object.entries(words.nodes ?? {})),
  };
}

/** When plans of tests are made, in milliseconds since the epoch. */
export const NOW = Date.parse('2026-11-01T12:00:00Z');

export const ALL_GOOD: RuleSetVerdicts = { of: () => ({ kind: 'ok', rules: 1, ids: [1], warnings: [] }) };

export const planOf = (words: Words, options: PlanOptions = {}): Plan =>
  plan(world(words), { verdicts: ALL_GOOD, now: NOW, ...options });

/** Anything that can stand in a file: what tests compare byte for byte. */
export const bytes = (made: Plan): string =>
  JSON.stringify({ ...made, nodes: [...made.nodes], policies: [...made.policies] });

export const podIn = (made: Plan, key: string) =>
  [...made.nodes.values()]
    .flatMap(({ pods }) => pods)
    .find(({ namespace, name }) => `${namespace}/${name}` === key);

/** Of a planned pod's policy, whole. */
export function settingsOfPod(made: Plan, key: string): Readonly<Record<string, unknown>> | undefined {
  const pod = podIn(made, key);
  const digest = [...made.nodes.values()]
    .flatMap(({ policies }) => policies)
    .find(({ name }) => name === pod?.policy);
  return made.policies.get(digest?.digest ?? '')?.settings;
}

export const conditionOf = (made: Plan, kind: string, key: string, type: string) =>
  made.reports
    .find((report) => report.kind === kind && report.key === key)
    ?.conditions.find((condition) => condition.type === type);
