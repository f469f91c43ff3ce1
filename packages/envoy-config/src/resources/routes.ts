/** The one virtual host of a listener: all names lead to the same workload, under the policy of the destination. */
import { KEPT_PROTO_HEADER } from '../contract.ts';
import { duration, type Json } from '../json.ts';
import { RECONNECTIONS_MAX } from '../limits.ts';
import type { GuardPolicy, NamedPolicy } from '../table.ts';
import { routeGuard } from './guard.ts';
import { dataPathOf, type RouteGuardOptions } from './policies.ts';

export interface PolicyRoute {
  /** Beginning of the paths that it is for. */
  readonly prefix: string;
  readonly policy: NamedPolicy;
}

export interface RoutesOptions
  extends Pick<RouteGuardOptions, 'maxRequestBytes' | 'ownRequestId' | 'upgrades'> {
  readonly name: string;
  readonly cluster: string;
  readonly policy: NamedPolicy;
  /** Paths with a policy of their own; the first that fits is taken. */
  readonly routes: readonly PolicyRoute[];
  /** Another connection is tried where one to the workload cannot be made. */
  readonly reconnects?: boolean;
  /** Nothing of Envoy's own is left in requests. */
  readonly transparent: boolean;
}

/** The policies that `guardFilters` is to be called with. */
export const policiesOf = (options: Pick<RoutesOptions, 'policy' | 'routes'>): readonly GuardPolicy[] => [
  options.policy,
  ...options.routes.map(({ policy }) => policy),
];

/** A header with the value of another, or none where that has none. */
export const headerFrom = (name: string, source: string): Json => ({
  header: { key: name, value: `%REQ(${source})%` },
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
});

/** What the client sent in place of what Envoy wrote. Removing goes before adding. */
const restoreForwardedProto = (): Readonly<Record<string, Json>> => ({
  request_headers_to_remove: ['x-forwarded-proto'],
  request_headers_to_add: [headerFrom('x-forwarded-proto', KEPT_PROTO_HEADER)],
});

/** A virtual host's turn is after its route's. */
const sweepKept = (): Readonly<Record<string, Json>> => ({ request_headers_to_remove: [KEPT_PROTO_HEADER] });

export function routeConfiguration(options: RoutesOptions): Json {
  const { name, cluster, policy, maxRequestBytes, ownRequestId, upgrades = [] } = options;
  const policies = policiesOf(options);
  const guard = (own: NamedPolicy, bodies = true): Readonly<Record<string, Json>> =>
    routeGuard({ policy: own, policies, maxRequestBytes, ownRequestId, upgrades, bodies });
  const [restored, swept] = options.transparent ? [restoreForwardedProto(), sweepKept()] : [{}, {}];
  // A workload may take its time; an idle stream still ends.
  const route = { cluster, timeout: duration(0) };
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
  return {
    name,
    // Listeners and clusters come in files of their own, in no order that Envoy promises: without its cluster a route answers 503.
    validate_clusters: false,
    virtual_hosts: [
      {
        name,
        domains: ['*'],
        ...guard(policy),
        // Nothing of the request was sent then: it cannot come twice.
        ...(options.reconnects === true
          ? { retry_policy: { retry_on: 'connect-failure', num_retries: RECONNECTIONS_MAX } }
          : {}),
        ...swept,
        routes: [
          ...connect,
          ...options.routes.flatMap((own) => routesFor(own.prefix, own.policy)),
          ...routesFor('/', policy),
        ],
      },
    ],
  };
}
