/** Which routes are attached to a Gateway, or to one of its listeners. */
import {
  GATEWAY_GROUP,
  type Gateway,
  type GatewayObjects,
  type Listener,
  type Parent,
  type Reference,
  type Route,
} from '../../gateway-api.ts';
import { addTo, byKey, keyOf } from '../order.ts';

interface Attachment {
  readonly route: Route;
  readonly parent: Parent;
  /** By a ListenerSet, whose listeners are not the Gateway's. */
  readonly isBySet: boolean;
}

/** By key of the Gateway; routes in an order of their own. */
export type Attachments = ReadonlyMap<string, readonly Attachment[]>;

export const routeText = ({ kind, namespace, name }: Route): string => `${kind} ${namespace}/${name}`;

export function attachmentsOf(objects: GatewayObjects): Attachments {
  const found = new Map<string, Attachment[]>();
  const routes = [objects.httpRoutes, objects.grpcRoutes].flatMap((all) => [...all].sort(byKey));
  for (const [, route] of routes) {
    for (const parent of route.parents) {
      if (parent.isRefused) continue;
      const gateway = gatewayOf(parent, objects);
      if (gateway !== null) addTo(found, keyOf(gateway), { route, parent, isBySet: gateway !== parent });
    }
  }
  return found;
}

/** The Gateway that a parent is, or that its ListenerSet belongs to; null where it is something else. */
function gatewayOf(parent: Parent, { listenerSets }: GatewayObjects): Reference | null {
  if (parent.group !== GATEWAY_GROUP) return null;
  if (parent.kind === 'Gateway') return parent;
  const gateway = parent.kind === 'ListenerSet' ? listenerSets.get(keyOf(parent))?.gateway : undefined;
  return gateway?.group === GATEWAY_GROUP && gateway.kind === 'Gateway' ? gateway : null;
}

/** @param listener null for all that come by the Gateway */
export function routesOf(
  gateway: Gateway,
  listener: Listener | null,
  attachments: Attachments,
): readonly Route[] {
  const all = attachments.get(keyOf(gateway)) ?? [];
  const chosen = listener === null ? all : all.filter((each) => isOf(listener, each));
  return [...new Set(chosen.map(({ route }) => route))];
}

const isOf = (listener: Listener, { route, parent, isBySet }: Attachment): boolean =>
  !isBySet &&
  (parent.sectionName === null || parent.sectionName === listener.name) &&
  (parent.port === null || parent.port === listener.port) &&
  hostsMeet(listener.hostname, route.hostnames);

/** Whether a request can be for both: what names no host is for all of them. */
function hostsMeet(listener: string, hostnames: readonly string[]): boolean {
  return listener === '' || hostnames.length === 0 || hostnames.some((host) => hostMeets(listener, host));
}

/** Of two wildcards the one has to lie below the other. */
function hostMeets(one: string, other: string): boolean {
  if (one === other) return true;
  const isBelow = (host: string, wildcard: string): boolean =>
    wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1));
  return isBelow(one, other) || isBelow(other, one);
}
