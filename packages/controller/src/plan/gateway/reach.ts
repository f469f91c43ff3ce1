/**
 * From a policy's target of Gateway API to the ports of Services that its requests arrive at, where they are inspected.
 *
 *     Gateway, listener ─▶ routes ─▶ rules ─▶ backends ─▶ ports of Services
 *
 * A backend is held to its policy whole, whatever host and path a request says: both are the client's to choose, filters of the gateway may
 * rewrite them, and who connects to the Service by itself has come by no route. What leads to no port of a Service is told, each with why.
 */
import type { Backend, Gateway, Listener, Route } from '../../gateway-api.ts';
import type { TargetRef } from '../../kinds/objects.ts';
import type { World } from '../../world.ts';
import type { Namespaces } from '../namespaces.ts';
import { keyOf } from '../order.ts';
import type { Finding } from '../rules.ts';
import { type Attachments, routesOf, routeText } from './attached.ts';
import { mayNameService, policyReferrer, routeReferrer } from './grants.ts';

/** The larger, the more specific. */
export type RoutedBy = 'gateway' | 'listener' | 'route' | 'rule';

export interface ReachedPort {
  /** Key of the Service. */
  readonly service: string;
  readonly port: number;
  /** The route, in words. */
  readonly via: string;
}

export interface Reach {
  readonly by: RoutedBy;
  /** Each port once, by the first of the routes that lead there. */
  readonly ports: readonly ReachedPort[];
  readonly findings: readonly Finding[];
  /** What the policy does not speak of, in sentences. */
  readonly remarks: readonly string[];
}

export interface ReachContext {
  readonly world: World;
  readonly namespaces: Namespaces;
  readonly attachments: Attachments;
}

/** Protocols whose requests a Gateway sends by HTTPRoutes and GRPCRoutes. */
const HTTP_PROTOCOLS: readonly string[] = ['HTTP', 'HTTPS'];

/** @param namespace the policy's */
export function reachOf(target: TargetRef, namespace: string, context: ReachContext): Reach {
  const key = `${namespace}/${target.name}`;
  const { gateways, httpRoutes } = context.world.gateway;
  if (target.kind === 'Gateway') {
    const gateway = gateways.get(key);
    return gateway === undefined ? missing('gateway', target, key) : gatewayReach(gateway, target, context);
  }
  const route = httpRoutes.get(key);
  return route === undefined ? missing('route', target, key) : routeReach(route, target, context);
}

const missing = (by: RoutedBy, { kind }: TargetRef, key: string): Reach =>
  nothing(by, 'TargetNotFound', `${kind} ${key} is not there.`);

const nothing = (by: RoutedBy, reason: Finding['reason'], message: string): Reach => ({
  ...{ by, ports: [], findings: [{ reason, message }], remarks: [] },
});

function gatewayReach(gateway: Gateway, { sectionName }: TargetRef, context: ReachContext): Reach {
  const by = sectionName === undefined ? 'gateway' : 'listener';
  const own =
    sectionName === undefined ? null : (gateway.listeners.find(({ name }) => name === sectionName) ?? null);
  const text = `Gateway ${keyOf(gateway)}`;
  if (sectionName !== undefined && own === null)
    return nothing(by, 'TargetNotFound', `${text} has no listener ${sectionName}.`);
  if (own !== null && !isHttp(own))
    return nothing(
      by,
      'NotSupported',
      `${text}: listener ${own.name} speaks ${own.protocol}, which is no HTTP.`,
    );
  const routes = routesOf(gateway, own, context.attachments);
  const who = own === null ? text : `listener ${own.name} of ${text}`;
  if (routes.length === 0)
    return nothing(
      by,
      'TargetNotFound',
      `No HTTPRoute or GRPCRoute is attached to ${who}: nothing is behind it.`,
    );
  const others = own === null ? gateway.listeners.filter((listener) => !isHttp(listener)) : [];
  const remarks = others.map(
    ({ name, protocol }) =>
      `What comes by listener ${name} (${protocol}) of ${text} is no HTTP to it, and is not meant.`,
  );
  const backends = routes.flatMap((route) => route.rules.flatMap((rule) => from(route, rule.backends)));
  return { ...reached(by, backends, who, gateway.namespace, context), remarks };
}

const isHttp = ({ protocol }: Listener): boolean => HTTP_PROTOCOLS.includes(protocol);

function routeReach(route: Route, { sectionName }: TargetRef, context: ReachContext): Reach {
  const by = sectionName === undefined ? 'route' : 'rule';
  const rules = route.rules.filter(({ name }) => sectionName === undefined || name === sectionName);
  if (sectionName !== undefined && rules.length === 0)
    return nothing(by, 'TargetNotFound', `${routeText(route)} has no rule ${sectionName}.`);
  const backends = rules.flatMap((rule) => from(route, rule.backends));
  return reached(by, backends, routeText(route), route.namespace, context);
}

interface RoutedBackend {
  readonly route: Route;
  readonly backend: Backend;
}

const from = (route: Route, backends: readonly Backend[]): readonly RoutedBackend[] =>
  backends.map((backend) => ({ route, backend }));

/** @param policy namespace of the policy */
function reached(
  by: RoutedBy,
  backends: readonly RoutedBackend[],
  who: string,
  policy: string,
  context: ReachContext,
): Reach {
  if (backends.length === 0)
    return nothing(by, 'TargetNotFound', `${who} leads to no Service: nothing is behind it.`);
  const ports = new Map<string, ReachedPort>();
  const findings = new Map<string, Finding>();
  for (const each of backends) {
    const finding = whyNot(each, policy, context);
    if (finding !== null) {
      findings.set(finding.message, finding);
      continue;
    }
    const { backend, route } = each;
    const port = { service: keyOf(backend), port: backend.port ?? 0, via: routeText(route) };
    const key = `${port.service}:${port.port}`;
    if (!ports.has(key)) ports.set(key, port);
  }
  return { by, ports: [...ports.values()], findings: [...findings.values()], remarks: [] };
}

/** Why a policy cannot hold what a route leads to; null where it can. */
function whyNot(
  { route, backend }: RoutedBackend,
  policy: string,
  { world, namespaces }: ReachContext,
): Finding | null {
  const { group, kind, namespace, port } = backend;
  const key = keyOf(backend);
  const leads = `${routeText(route)} leads to ${kind} ${key}`;
  if (group !== '' || kind !== 'Service')
    return {
      reason: 'NotSupported',
      message: `${leads}, which is no Service: what arrives there is not inspected.`,
    };
  const grants = world.gateway.grants.values();
  if (!mayNameService(routeReferrer(route.kind, route.namespace), backend, grants))
    return refNotPermitted(
      leads,
      `lets ${route.kind}s of ${route.namespace} name it, so no request goes there`,
    );
  if (!mayNameService(policyReferrer(policy), backend, world.gateway.grants.values()))
    return refNotPermitted(leads, `lets WAFPolicies of ${policy} name it: write one, or a WAFPolicy there`);
  if (namespaces.governing(policy) !== namespaces.governing(namespace)) {
    const message = `${leads}: ${namespace} inherits from another ClusterWAFPolicy than ${policy}, whose policies it cannot have. Write a WAFPolicy there.`;
    return { reason: 'RefNotPermitted', message };
  }
  const service = world.services.get(key);
  if (service === undefined) return { reason: 'TargetNotFound', message: `${leads}, which is not there.` };
  const has = service.ports.some(({ port: number, protocol }) => number === port && protocol === 'TCP');
  if (has) return null;
  return { reason: 'TargetNotFound', message: `${leads}, which has no TCP port ${port ?? 'of that name'}.` };
}

const refNotPermitted = (leads: string, what: string): Finding => ({
  reason: 'RefNotPermitted',
  message: `${leads}: no ReferenceGrant there ${what}.`,
});
