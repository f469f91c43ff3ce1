/** A virtual host, the only one of a port: all names lead to the same workload, under the policy of the destination. */
import { CLUSTER_HEADER, KEPT_PROTO_HEADER, OWN_HEADERS } from '../contract.ts';
import { duration, type Json } from '../json.ts';
import { RECONNECTIONS_MAX } from '../limits.ts';
import type { GuardPolicy, NamedPolicy, RouteTable, VirtualHost } from '../table.ts';
import { routeGuard } from './guard.ts';
import { leaving } from './leave.ts';
import { dataPathOf, type RouteGuardOptions } from './policies.ts';

export interface PolicyRoute {
  /** Beginning of the paths that it is for. */
  readonly prefix: string;
  readonly policy: NamedPolicy;
}

export interface RoutesOptions
  extends Pick<RouteGuardOptions, 'maxRequestBytes' | 'ownRequestId' | 'upgrades'> {
  /** Null where each connection manager says its own (CLUSTER_HEADER). */
  readonly cluster: string | null;
  readonly policy: NamedPolicy;
  /** Paths with a policy of their own; the first that fits is taken. */
  readonly routes: readonly PolicyRoute[];
  /** Another connection is tried where one to the workload cannot be made. */
  readonly reconnects?: boolean;
  /** Nothing of Envoy's own is left in requests. */
  readonly transparent: boolean;
  /** What the filters are there for; default: the policies of the routes. */
  readonly prepared?: readonly GuardPolicy[];
  /** HTTP upgrades that the connection manager knows; what is not among `upgrades` is refused. Default: nothing is said of any. */
  readonly offered?: readonly string[];
  /** Regular expressions of whole paths, without their query, that are refused with 400. */
  readonly refusedPaths?: readonly string[];
  /** Clients are asked to leave their connections, each behind its answer. */
  readonly leaves?: boolean;
  /** Nobody is asked about anything any more. */
  readonly released?: boolean;
}

/** The policies that `guardFilters` is to be called with. */
export const policiesOf = (options: Pick<RoutesOptions, 'policy' | 'routes'>): readonly GuardPolicy[] => [
  options.policy,
  ...options.routes.map(({ policy }) => policy),
];

/** Envoy reads values of headers as formats, in which a percent sign begins a command. */
export const header = (name: string, value: string): Json => formatted(name, value.replaceAll('%', '%%'));

/** A header with the value of another, or none where that has none. */
export const headerFrom = (name: string, source: string): Json => formatted(name, `%REQ(${source})%`);

/** In place of all that a client sent of this name. */
const formatted = (key: string, value: string): Json => ({
  header: { key, value },
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
});

/** What the client sent in place of what Envoy wrote. Removing goes before adding. */
const restoreForwardedProto = (): Readonly<Record<string, Json>> => ({
  request_headers_to_remove: ['x-forwarded-proto'],
  request_headers_to_add: [headerFrom('x-forwarded-proto', KEPT_PROTO_HEADER)],
});

/** A virtual host's turn is after its route's. */
const sweepOwn = (): Readonly<Record<string, Json>> => ({ request_headers_to_remove: [...OWN_HEADERS] });

export function routeConfiguration(options: RoutesOptions & { readonly name: string }): RouteTable {
  const { name } = options;
  return routeTable(name, [{ name, domains: ['*'], ...hostOfRoutes(options) }]);
}

export const routeTable = (name: string, virtual_hosts: readonly VirtualHost[]): RouteTable => ({
  name,
  // Listeners and clusters come in files of their own, in no order that Envoy promises: without its cluster a route answers 503.
  validate_clusters: false,
  virtual_hosts,
});

/** A virtual host but for what it is called and found by. @throws EnvoyConfigError ENVOY_OPTION */
export function hostOfRoutes(options: RoutesOptions): Readonly<Record<string, Json>> {
  const { policy, upgrades = [], refusedPaths = [], cluster } = options;
  const guard = guardOfRoutes(options);
  const restored = options.transparent ? restoreForwardedProto() : {};
  // A workload may take its time; an idle stream still ends.
  const route = {
    ...(cluster === null ? { cluster_header: CLUSTER_HEADER } : { cluster }),
    timeout: duration(0),
    ...upgradeConfigs(options),
  };
  /** With ext_authz a call of gRPC that streams would wait for its own end before it begins. Its type is the client's word. */
  const routesFor = (prefix: string, own: NamedPolicy): readonly Json[] => [
    ...(own.mode === 'Block' || dataPathOf(own) === 'ext_proc'
      ? []
      : [{ match: { prefix, grpc: {} }, route, ...guard(own, false), ...restored }]),
    { match: { prefix }, route, ...guard(own), ...restored },
  ];
  // CONNECT names no path, so that no other route is its own.
  const connect: readonly Json[] = upgrades.includes('connect')
    ? [{ match: { connect_matcher: {} }, route, ...guard(policy), ...restored }]
    : [];
  const refused = refusedPaths.map((regex) => ({
    match: { safe_regex: { regex } },
    direct_response: { status: 400 },
    ...guard(policy),
  }));
  return {
    ...guard(policy),
    // Nothing of the request was sent then: it cannot come twice.
    ...(options.reconnects === true
      ? { retry_policy: { retry_on: 'connect-failure', num_retries: RECONNECTIONS_MAX } }
      : {}),
    ...(options.transparent ? sweepOwn() : {}),
    routes: [
      ...connect,
      ...refused,
      ...options.routes.flatMap((own) => routesFor(own.prefix, own.policy)),
      ...routesFor('/', policy),
    ],
  };
}

type Guard = (policy: NamedPolicy, bodies?: boolean) => Readonly<Record<string, Json>>;

function guardOfRoutes(options: RoutesOptions): Guard {
  const { maxRequestBytes, ownRequestId, upgrades = [], prepared, released = false, leaves } = options;
  const policies = prepared ?? policiesOf(options);
  const more = leaves === true ? [leaving] : [];
  return (policy, bodies = true) =>
    routeGuard({ policy, policies, maxRequestBytes, ownRequestId, upgrades, bodies, more, released });
}

/** Of a CONNECT nothing is said: its route is there or not. */
function upgradeConfigs({ offered, upgrades = [] }: RoutesOptions): Readonly<Record<string, Json>> {
  const said = (offered ?? []).filter((type) => type !== 'connect');
  if (said.length === 0) return {};
  const configs = said.map((type) => ({ upgrade_type: type, enabled: upgrades.includes(type) }));
  return { upgrade_configs: configs };
}
