/**
 * Envoy's HTTP connection manager in front of a workload. What Envoy could tidy up on the way is left as the client sent it,
 * but for what a policy that blocks asks for: what Sluice inspects is what the workload gets.
 */
import { CLUSTER_HEADER, DESTINATION_HEADER, KEPT_PROTO_HEADER } from '../contract.ts';
import { duration, type Json, typed } from '../json.ts';
import {
  CONNECTION_IDLE_MILLIS,
  CONNECTION_WINDOW_BYTES,
  HEADER_LINES_MAX,
  HEADERS_KIB_MAX,
  HEADERS_MILLIS_MAX,
  LONG_REQUEST_MILLIS_MAX,
  REQUEST_MILLIS_MAX,
  STREAM_IDLE_MILLIS,
  STREAM_WINDOW_BYTES,
  STREAMS_PER_CLIENT_CONNECTION_MAX,
} from '../limits.ts';
import type { GuardPolicy, PathTreatment } from '../table.ts';
import { accessLog } from './access-log.ts';
import { preserveCase } from './clusters.ts';
import { guardFilters, upgradeGuardFilters } from './guard.ts';
import { leaveFilter } from './leave.ts';
import type { GuardSettings } from './policies.ts';
import { isProcessed, profileOf } from './processor.ts';
import { header, headerFrom } from './routes.ts';

/** `Http`: HTTP/1 and HTTP/2, told apart by HTTP/2's preface. Both are parsed, and nothing else is. */
export type Codec = 'Http' | 'Http2';

export interface ConnectionManagerOptions extends GuardSettings {
  readonly name: string;
  readonly codec: Codec;
  /** Policies of all routes; one of them in Block makes the listener as strict as Block needs. */
  readonly policies: readonly GuardPolicy[];
  /** What its filters are there for; default: `policies`. Routes may change to any of these without another manager. */
  readonly prepared?: readonly GuardPolicy[];
  readonly routes: RouteSource;
  readonly client: ClientAddress;
  readonly paths?: PathTreatment;
  /** HTTP upgrades, in lower case. Routes may forbid some of them. */
  readonly upgrades?: readonly string[];
  /** Host of a request of HTTP/1.0 that names none; null refuses it with 400. */
  readonly defaultHost: string | null;
  readonly accessLog: string | null;
}

/** The table of routes itself, or where it is found. */
export type RouteSource =
  | { readonly route_config: Json }
  | { readonly rds: { readonly route_config_name: string; readonly config_source: Json } };

/**
 * How Envoy knows its client, and what it writes about that into the request.
 * - `Edge`: the peer, whose address is added to X-Forwarded-For; request ids are made here.
 * - `Transparent`: the peer, or whom a trusted proxy names; nothing is written that the workload would get.
 */
export type ClientAddress =
  | { readonly kind: 'Edge' }
  | {
      readonly kind: 'Transparent';
      readonly trustedProxies: readonly string[];
      readonly destination: Destination;
    };

/** By what routes that are shared find the virtual host of a port, and its workload. */
export interface Destination {
  /** Domain of the virtual host. */
  readonly host: string;
  readonly cluster: string;
}

export function connectionManager(options: ConnectionManagerOptions): Json {
  const blocks = options.policies.some(({ mode }) => mode === 'Block');
  const { prepared = options.policies } = options;
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      stat_prefix: options.name,
      codec_type: options.codec === 'Http2' ? 'HTTP2' : 'AUTO',
      ...pathTreatment(blocks ? (options.paths ?? 'Normalised') : 'AsSent'),
      ...protocols(options.defaultHost),
      ...timeouts(options.policies),
      ...clientAddress(options.client),
      server_header_transformation: 'PASS_THROUGH',
      access_log: options.accessLog === null ? [] : accessLog(options.accessLog, prepared),
      ...options.routes,
      ...upgrades(options, prepared, blocks),
      // Last before the router: a filter behind it could still change the request, or its route.
      http_filters: [
        ...(options.prepared === undefined ? [] : [leaveFilter()]),
        ...guardFilters(prepared, options),
        router(),
      ],
    }),
  };
}

const router = (): Json => ({
  name: 'envoy.filters.http.router',
  typed_config: typed('envoy.extensions.filters.http.router.v3.Router', { suppress_envoy_headers: true }),
});

type Fields = Readonly<Record<string, Json>>;

function pathTreatment(treatment: PathTreatment): Fields {
  const normalise = treatment !== 'AsSent';
  return {
    normalize_path: normalise,
    merge_slashes: normalise,
    path_with_escaped_slashes_action: treatment === 'Strict' ? 'REJECT_REQUEST' : 'KEEP_UNCHANGED',
  };
}

const protocols = (defaultHost: string | null): Fields => ({
  max_request_headers_kb: HEADERS_KIB_MAX,
  common_http_protocol_options: {
    idle_timeout: duration(CONNECTION_IDLE_MILLIS),
    max_headers_count: HEADER_LINES_MAX,
    headers_with_underscores_action: 'ALLOW',
  },
  http_protocol_options: {
    accept_http_10: true,
    ...(defaultHost === null ? {} : { default_host_for_http_10: defaultHost }),
    header_key_format: preserveCase(),
  },
  http2_protocol_options: {
    max_concurrent_streams: STREAMS_PER_CLIENT_CONNECTION_MAX,
    initial_stream_window_size: STREAM_WINDOW_BYTES,
    initial_connection_window_size: CONNECTION_WINDOW_BYTES,
  },
});

/** Whether bodies may be longer than what is held of them. */
export const isLong = (policy: GuardPolicy): boolean =>
  policy.mode === 'Block' && isProcessed(policy) && profileOf(policy) === 'window';

/** Where nothing is refused, nothing is refused for being slow either. */
function timeouts(policies: readonly GuardPolicy[]): Fields {
  const blocking = policies.filter(({ mode }) => mode === 'Block');
  const request = blocking.some(isLong) ? LONG_REQUEST_MILLIS_MAX : REQUEST_MILLIS_MAX;
  return {
    stream_idle_timeout: duration(STREAM_IDLE_MILLIS),
    request_timeout: duration(blocking.length > 0 ? request : 0),
    request_headers_timeout: duration(blocking.length > 0 ? HEADERS_MILLIS_MAX : 0),
  };
}

function clientAddress(client: ClientAddress): Fields {
  // The peer is the client: it cannot say who it is, nor choose its request id.
  if (client.kind === 'Edge') return { use_remote_address: true, generate_request_id: true };
  return {
    use_remote_address: false,
    skip_xff_append: true,
    // Without a detection of our own, Envoy believes whatever a client writes into X-Forwarded-For.
    original_ip_detection_extensions: [
      {
        name: 'envoy.http.original_ip_detection.xff',
        typed_config: typed('envoy.extensions.http.original_ip_detection.xff.v3.XffConfig', {
          xff_trusted_cidrs: { cidrs: client.trustedProxies.map(cidr) },
          skip_xff_append: true,
        }),
      },
    ],
    generate_request_id: false,
    preserve_external_request_id: true,
    early_header_mutation_extensions: [earlyMutation(client.destination)],
  };
}

/** By these a client would have Envoy repeat its requests or give up on them. At an edge Envoy takes them out itself. */
const STEERING_HEADERS = [
  'retry-on',
  'retry-grpc-on',
  'max-retries',
  'retriable-status-codes',
  'retriable-header-names',
  'hedge-on-per-try-timeout',
  'upstream-rq-timeout-ms',
  'upstream-rq-per-try-timeout-ms',
  'upstream-alt-stat-name',
  'upstream-stream-duration-ms',
].map((name) => `x-envoy-${name}`);

/** Envoy writes X-Forwarded-Proto where nobody has, before anything else: routes put back what is kept here (routes.ts). */
const earlyMutation = ({ host, cluster }: Destination): Json => ({
  name: 'envoy.http.early_header_mutation.header_mutation',
  typed_config: typed('envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation', {
    mutations: [
      ...[...STEERING_HEADERS, KEPT_PROTO_HEADER].map((name) => ({ remove: name })),
      { append: headerFrom(KEPT_PROTO_HEADER, 'x-forwarded-proto') },
      { append: header(DESTINATION_HEADER, host) },
      { append: header(CLUSTER_HEADER, cluster) },
    ],
  }),
});

function cidr(range: string): Json {
  const [address = '', length = ''] = range.split('/');
  return { address_prefix: address, prefix_len: Number(length) };
}

/** Detect has to let a WebSocket through that nobody declared: refusing it would be seen. */
function upgrades(
  options: ConnectionManagerOptions,
  prepared: readonly GuardPolicy[],
  blocks: boolean,
): Fields {
  const types = [...new Set([...(blocks ? [] : ['websocket']), ...(options.upgrades ?? [])])];
  if (types.length === 0) return {};
  const guards = upgradeGuardFilters(prepared, options);
  const chain = guards === null ? {} : { filters: [...guards, router()] };
  return { upgrade_configs: types.map((upgrade_type) => ({ upgrade_type, ...chain })) };
}
