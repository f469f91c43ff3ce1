/** Gateway API's kinds, raw, to those of the world. Their shapes are the API server's: it has validated them. */
import type { RawObject } from '../cluster/source.ts';
import {
  type Backend,
  GATEWAY_GROUP,
  type Gateway,
  type ListenerSet,
  type Parent,
  type ReferenceGrant,
  type Route,
  type RouteKind,
  type RouteRule,
} from '../gateway-api.ts';

interface RawReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

interface RawListener {
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  readonly protocol: string;
}

export function gatewayOf({ metadata: { namespace = '', name }, spec }: RawObject): Gateway {
  const { listeners = [] } = (spec ?? {}) as { readonly listeners?: readonly RawListener[] };
  return {
    ...{ namespace, name },
    listeners: listeners.map(({ name: of, hostname = '', port, protocol }) => ({
      ...{ name: of, hostname, port, protocol },
    })),
  };
}

/** @returns null for one that says no Gateway */
export function listenerSetOf({ metadata: { namespace = '', name }, spec }: RawObject): ListenerSet | null {
  const { parentRef } = (spec ?? {}) as { readonly parentRef?: RawReference };
  if (parentRef === undefined) return null;
  const { group = GATEWAY_GROUP, kind = 'Gateway' } = parentRef;
  const gateway = { group, kind, namespace: parentRef.namespace ?? namespace, name: parentRef.name };
  return { namespace, name, gateway };
}

interface RawFilter {
  readonly requestMirror?: { readonly backendRef?: RawReference };
}

interface RawRule {
  readonly name?: string;
  readonly backendRefs?: readonly (RawReference & { readonly filters?: readonly RawFilter[] })[];
  readonly filters?: readonly RawFilter[];
}

interface RawRouteSpec {
  readonly hostnames?: readonly string[];
  readonly parentRefs?: readonly RawReference[];
  readonly rules?: readonly RawRule[];
}

interface RawRouteStatus {
  readonly parents?: readonly {
    readonly parentRef: RawReference;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly observedGeneration?: number;
    }[];
  }[];
}

export const routeOf =
  (kind: RouteKind) =>
  (raw: RawObject): Route => {
    const { name, namespace = '' } = raw.metadata;
    const { hostnames = [], parentRefs = [], rules = [] } = (raw.spec ?? {}) as RawRouteSpec;
    return {
      ...{ kind, namespace, name, hostnames },
      parents: parentRefs.map((parent) => parentOf(parent, raw)),
      rules: rules.map((rule) => ruleOf(rule, namespace)),
    };
  };

function parentOf(parent: RawReference, { metadata, status }: RawObject): Parent {
  const { namespace = '', generation = 0 } = metadata;
  const named = namedParent(parent, namespace);
  const { parents = [] } = (status ?? {}) as RawRouteStatus;
  const isSame = (other: RawReference): boolean =>
    JSON.stringify(namedParent(other, namespace)) === JSON.stringify(named);
  const said = parents
    .filter(({ parentRef }) => isSame(parentRef))
    .flatMap(({ conditions = [] }) => conditions)
    .filter(({ type }) => type === 'Accepted');
  // What was said of a former version says nothing of this one.
  const isRefused =
    said.some(
      ({ status: is, observedGeneration = 0 }) => is === 'False' && observedGeneration >= generation,
    ) && !said.some(({ status: is }) => is === 'True');
  return { ...named, isRefused };
}

const namedParent = (parent: RawReference, own: string): Omit<Parent, 'isRefused'> => ({
  group: parent.group ?? GATEWAY_GROUP,
  kind: parent.kind ?? 'Gateway',
  namespace: parent.namespace ?? own,
  name: parent.name,
  sectionName: parent.sectionName ?? null,
  port: parent.port ?? null,
});

function ruleOf({ name = '', backendRefs = [], filters = [] }: RawRule, namespace: string): RouteRule {
  const mirrors = [...filters, ...backendRefs.flatMap((backend) => backend.filters ?? [])].flatMap(
    ({ requestMirror }) => (requestMirror?.backendRef === undefined ? [] : [requestMirror.backendRef]),
  );
  return { name, backends: [...backendRefs, ...mirrors].map((backend) => backendOf(backend, namespace)) };
}

const backendOf = ({ group = '', kind = 'Service', ...backend }: RawReference, own: string): Backend => ({
  ...{ group, kind, namespace: backend.namespace ?? own, name: backend.name },
  port: backend.port ?? null,
});

export function referenceGrantOf({ metadata: { namespace = '' }, spec }: RawObject): ReferenceGrant {
  const { from = [], to = [] } = (spec ?? {}) as {
    readonly from?: ReferenceGrant['from'];
    readonly to?: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  };
  return {
    namespace,
    from: from.map(({ group, kind, namespace: of }) => ({ group, kind, namespace: of })),
    to: to.map(({ group, kind, name = null }) => ({ group, kind, name })),
  };
}
