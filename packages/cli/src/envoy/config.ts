/**
 * Envoy 1.40's bootstrap with Sluice in front of workloads. What Envoy could tidy up on the way is left as the client sent
 * it: what Sluice inspects is what the workload gets.
 */
import { isIP } from 'node:net';
import { accessLog } from './access-log.ts';
import { sluiceCluster, type Upstream, workloadCluster } from './clusters.ts';
import { EnvoyError } from './errors.ts';
import { extAuthzFilter, type GuardPolicy, isInvisible, isOpen, policyContext } from './ext-authz.ts';
import { duration, type Json, typed } from './json.ts';

export interface NamedPolicy extends GuardPolicy {
  /** As sluice.yaml names it. */
  readonly name: string;
}

export interface EnvoyRoute {
  /** Beginning of the paths that it is for. */
  readonly prefix: string;
  readonly policy: NamedPolicy;
}

export interface EnvoyListener {
  readonly name: string;
  /** IP address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly upstream: Upstream;
  readonly policy: NamedPolicy;
  /** Paths with a policy of their own; the first that fits is taken. */
  readonly routes?: readonly EnvoyRoute[];
}

export interface EnvoyConfigOptions {
  readonly listeners: readonly EnvoyListener[];
  /** Unix sockets of Sluice's processes. */
  readonly sluiceSockets: readonly string[];
  /** A longer body is refused with 413 in Block, and inspected up to here in Detect. */
  readonly maxRequestBytes?: number;
  /** Time for Sluice's verdict; the server's own deadline (verdictMillisMax) should be shorter. */
  readonly timeoutMillis?: number;
  /** HTTP status where Sluice does not answer and the policy is Closed. */
  readonly statusOnError?: number;
  /** File of the access log; null writes none. */
  readonly accessLog?: string | null;
}

export const ENVOY_DEFAULTS = Object.freeze({
  maxRequestBytes: 1_048_576,
  timeoutMillis: 500,
  statusOnError: 503,
  accessLog: null,
});

const SLUICE_CLUSTER = 'sluice';
const PORT_MAX = 65_535;

type Settings = Required<EnvoyConfigOptions>;

/** @throws EnvoyError ENVOY_OPTION, ENVOY_POLICIES_MIXED */
export function envoyBootstrap(options: EnvoyConfigOptions): Json {
  const settings: Settings = { ...ENVOY_DEFAULTS, ...options };
  check(settings);
  return {
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    static_resources: {
      listeners: settings.listeners.map((listener) => listenerOf(listener, settings)),
      clusters: [
        sluiceCluster(SLUICE_CLUSTER, settings.sluiceSockets),
        ...settings.listeners.map((listener) => workloadCluster(clusterName(listener), listener.upstream)),
      ],
    },
  };
}

const clusterName = (listener: EnvoyListener): string => `workload/${listener.name}`;

function check({ listeners, sluiceSockets, maxRequestBytes, timeoutMillis, statusOnError }: Settings): void {
  const refuse = (option: string, reason: string): never => {
    throw new EnvoyError('ENVOY_OPTION', { option, reason });
  };
  if (listeners.length === 0) refuse('listeners', 'none is given');
  if (new Set(listeners.map(({ name }) => name)).size < listeners.length)
    refuse('listeners', 'two of them have the same name');
  if (sluiceSockets.length === 0) refuse('sluiceSockets', 'none is given');
  for (const { name, host, port } of listeners) {
    if (isIP(host) === 0) refuse(name, `${host} is no IP address`);
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) refuse(name, `${port} is no port`);
  }
  if (!Number.isInteger(maxRequestBytes) || maxRequestBytes < 1)
    refuse('maxRequestBytes', 'not a number of bytes');
  if (!(timeoutMillis > 0)) refuse('timeoutMillis', 'not a time');
  if (!Number.isInteger(statusOnError) || statusOnError < 400 || statusOnError > 599)
    refuse('statusOnError', 'not a status of 400 to 599');
}

function listenerOf(listener: EnvoyListener, settings: Settings): Json {
  return {
    name: listener.name,
    address: { socket_address: { address: listener.host, port_value: listener.port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: typed(
              'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              connectionManager(listener, settings),
            ),
          },
        ],
      },
    ],
  };
}

function connectionManager(listener: EnvoyListener, settings: Settings): Record<string, Json | undefined> {
  return {
    stat_prefix: listener.name,
    // What the workload reads and what is inspected must be the same bytes.
    normalize_path: false,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    common_http_protocol_options: { headers_with_underscores_action: 'ALLOW' },
    http_protocol_options: { accept_http_10: true },
    // The peer is the client: it cannot say who it is, nor choose its request id.
    use_remote_address: true,
    generate_request_id: true,
    server_header_transformation: 'PASS_THROUGH',
    access_log: settings.accessLog === null ? [] : accessLog(settings.accessLog),
    route_config: { name: listener.name, virtual_hosts: [virtualHost(listener, settings)] },
    // Last before the router: a filter behind it could still change the request, or its route.
    http_filters: [
      authorization(listener, settings),
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('envoy.extensions.filters.http.router.v3.Router', {
          suppress_envoy_headers: true,
        }),
      },
    ],
  };
}

function virtualHost(listener: EnvoyListener, { maxRequestBytes }: Settings): Json {
  // A workload may take its time; an idle stream still ends.
  const route = { cluster: clusterName(listener), timeout: duration(0) };
  const own = (listener.routes ?? []).map(({ prefix, policy }) => ({
    match: { prefix },
    route,
    typed_per_filter_config: policyContext(policy.name, maxRequestBytes),
  }));
  return {
    name: listener.name,
    domains: ['*'],
    typed_per_filter_config: policyContext(listener.policy.name, maxRequestBytes),
    routes: [...own, { match: { prefix: '/' }, route }],
  };
}

function authorization(listener: EnvoyListener, settings: Settings): Json {
  const policies = [listener.policy, ...(listener.routes ?? []).map(({ policy }) => policy)];
  const open = isOpen(listener.policy);
  const invisible = isInvisible(listener.policy);
  if (policies.some((policy) => isOpen(policy) !== open || isInvisible(policy) !== invisible)) {
    throw new EnvoyError('ENVOY_POLICIES_MIXED', { listener: listener.name });
  }
  const { maxRequestBytes, timeoutMillis, statusOnError } = settings;
  return extAuthzFilter({
    cluster: SLUICE_CLUSTER,
    open,
    invisible,
    maxRequestBytes,
    timeoutMillis,
    statusOnError,
  });
}
