/** Gateway API's objects (gateway.networking.k8s.io), as far as they say to which Services requests go. */

export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** An object that another one names; of its own namespace where it names none. */
export interface Reference {
  /** `''` for Kubernetes' own. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Listener {
  readonly name: string;
  /** `shop.example` or `*.shop.example`; `''` where it is for all. */
  readonly hostname: string;
  readonly port: number;
  /** `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or somebody's own. */
  readonly protocol: string;
}

export interface Gateway {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: readonly Listener[];
}

/** Listeners that somebody else adds to a Gateway: routes name it in the Gateway's place. */
export interface ListenerSet {
  readonly namespace: string;
  readonly name: string;
  readonly gateway: Reference;
}

/** What a route is attached to. */
export interface Parent extends Reference {
  readonly sectionName: string | null;
  readonly port: number | null;
  /** Who has the parent in hand has said that this route, as it is now, is none of it. */
  readonly isRefused: boolean;
}

export interface Backend extends Reference {
  readonly port: number | null;
}

export interface RouteRule {
  /** `''` where it has none. */
  readonly name: string;
  /** Mirrors among them: what goes there has come from the same clients. */
  readonly backends: readonly Backend[];
}

export type RouteKind = 'HTTPRoute' | 'GRPCRoute';

export interface Route {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  /** All of its parents' where there are none. */
  readonly hostnames: readonly string[];
  readonly parents: readonly Parent[];
  readonly rules: readonly RouteRule[];
}

/** That objects of other namespaces may name some of this one. */
export interface ReferenceGrant {
  readonly namespace: string;
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  /** All of a kind where the name is null. */
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name: string | null }[];
}

/** By `namespace/name`. None of anything where the cluster does not have these kinds. */
export interface GatewayObjects {
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly httpRoutes: ReadonlyMap<string, Route>;
  readonly grpcRoutes: ReadonlyMap<string, Route>;
  readonly listenerSets: ReadonlyMap<string, ListenerSet>;
  readonly grants: ReadonlyMap<string, ReferenceGrant>;
}

export const NO_GATEWAY_OBJECTS: GatewayObjects = Object.freeze({
  gateways: new Map(),
  httpRoutes: new Map(),
  grpcRoutes: new Map(),
  listenerSets: new Map(),
  grants: new Map(),
});

/** Whether the target of a policy is there. */
export function hasGatewayObject(
  { gateways, httpRoutes }: GatewayObjects,
  kind: 'Gateway' | 'HTTPRoute',
  key: string,
): boolean {
  return kind === 'Gateway' ? gateways.has(key) : httpRoutes.has(key);
}
