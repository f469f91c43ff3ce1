/** The sorts of cluster: Sluice's processes over Unix sockets, a workload at an address, and the workload that a connection was for. */
import { isIP } from 'node:net';
import { AUTHORIZATION_SERVICE } from '../contract.ts';
import { duration, type Json, typed } from '../json.ts';
import {
  ANSWER_CONNECTION_WINDOW_BYTES,
  ANSWER_WINDOW_BYTES,
  CALLS_PER_CONNECTION_MAX,
  CONNECT_MILLIS,
  CONNECTION_BUFFER_BYTES_MAX,
  CONNECTION_WINDOW_BYTES,
  EJECTED_PERCENT_MAX,
  EJECTION_MILLIS,
  ERRORS_MAX,
  HEALTH_MILLIS,
  HEALTHY_CHECKS,
  REQUESTS_MAX,
  RETRIES_MAX,
  STREAM_WINDOW_BYTES,
  STREAMS_PER_CLIENT_CONNECTION_MAX,
  UNHEALTHY_CHECKS,
  WORKLOAD_IDLE_MILLIS,
} from '../limits.ts';
import type { IpFamily, NamedResource } from '../table.ts';
import { SLUICE_CLUSTER } from './policies.ts';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export interface Upstream {
  /** IP address or name. */
  readonly host: string;
  readonly port: number;
  /** What it speaks, whatever its clients do; default HTTP/1.1. */
  readonly protocol?: 'http1' | 'h2c';
}

/** @param sockets one for each Sluice process */
export function sluiceCluster(sockets: readonly string[]): NamedResource {
  return {
    name: SLUICE_CLUSTER,
    type: 'STATIC',
    connect_timeout: duration(CONNECT_MILLIS),
    lb_policy: 'LEAST_REQUEST',
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
        explicit_http_config: {
          http2_protocol_options: {
            max_concurrent_streams: CALLS_PER_CONNECTION_MAX,
            initial_stream_window_size: ANSWER_WINDOW_BYTES,
            initial_connection_window_size: ANSWER_CONNECTION_WINDOW_BYTES,
          },
        },
      }),
    },
    circuit_breakers: breakers(),
    outlier_detection: {
      consecutive_5xx: ERRORS_MAX,
      interval: duration(HEALTH_MILLIS),
      base_ejection_time: duration(EJECTION_MILLIS),
      max_ejection_percent: EJECTED_PERCENT_MAX,
    },
    health_checks: [
      {
        timeout: duration(HEALTH_MILLIS),
        interval: duration(HEALTH_MILLIS),
        no_traffic_interval: duration(HEALTH_MILLIS),
        unhealthy_threshold: UNHEALTHY_CHECKS,
        healthy_threshold: HEALTHY_CHECKS,
        grpc_health_check: { service_name: AUTHORIZATION_SERVICE },
      },
    ],
    load_assignment: endpoints(
      SLUICE_CLUSTER,
      sockets.map((path) => ({ pipe: { path } })),
    ),
  };
}

/** A workload behind a proxy. */
export function workloadCluster(name: string, upstream: Upstream): NamedResource {
  const { host, port } = upstream;
  return {
    name,
    type: isIP(host) === 0 ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: duration(CONNECT_MILLIS),
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES_MAX,
    ...workloadProtocol(
      upstream.protocol === 'h2c'
        ? { explicit_http_config: { http2_protocol_options: http2() } }
        : { explicit_http_config: { http_protocol_options: http1() } },
    ),
    circuit_breakers: breakers(),
    load_assignment: endpoints(name, [{ socket_address: { address: host, port_value: port } }]),
  };
}

export interface OriginalClusterOptions {
  readonly name: string;
  readonly family: IpFamily;
  readonly networkNamespacePath: string;
  /** The workload speaks TLS. */
  readonly tls: boolean;
}

export const ANY_ADDRESS: Readonly<Record<IpFamily, string>> = { IPv4: '0.0.0.0', IPv6: '::' };

/** The workload that a redirected connection was for, asked from inside its own network namespace. */
export function originalCluster(options: OriginalClusterOptions): NamedResource {
  const { name, family, networkNamespacePath, tls } = options;
  return {
    name,
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: duration(CONNECT_MILLIS),
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES_MAX,
    // Whatever one client makes of its connection to the workload, no other client's request is behind it.
    connection_pool_per_downstream_connection: true,
    upstream_bind_config: {
      source_address: {
        address: ANY_ADDRESS[family],
        port_value: 0,
        network_namespace_filepath: networkNamespacePath,
      },
    },
    ...workloadProtocol(
      tls
        ? { auto_config: eachProtocol(), upstream_http_protocol_options: { auto_sni: true } }
        : { use_downstream_protocol_config: eachProtocol() },
    ),
    circuit_breakers: breakers(),
    ...(tls ? { transport_socket: workloadTls() } : {}),
  };
}

function workloadProtocol(fields: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
        common_http_protocol_options: { idle_timeout: duration(WORKLOAD_IDLE_MILLIS) },
        ...fields,
      }),
    },
  };
}

/** Of these the workload is asked in the one that its client speaks, or inside TLS in the one that they agree on. */
const eachProtocol = (): Json => ({ http_protocol_options: http1(), http2_protocol_options: http2() });

const http1 = (): Json => ({ header_key_format: preserveCase() });

const http2 = (): Json => ({
  max_concurrent_streams: STREAMS_PER_CLIENT_CONNECTION_MAX,
  initial_stream_window_size: STREAM_WINDOW_BYTES,
  initial_connection_window_size: CONNECTION_WINDOW_BYTES,
});

/** Without it Envoy writes all names in lower case. */
export const preserveCase = (): Json => ({
  stateful_formatter: {
    name: 'envoy.http.stateful_header_formatters.preserve_case',
    typed_config: typed(
      'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
    ),
  },
});

/** The workload is in this namespace, behind the address that the client asked for: its certificate is the client's affair. */
const workloadTls = (): Json => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
});

const breakers = (): Json => ({
  thresholds: [
    {
      max_connections: REQUESTS_MAX,
      max_pending_requests: REQUESTS_MAX,
      max_requests: REQUESTS_MAX,
      max_retries: RETRIES_MAX,
    },
  ],
});

const endpoints = (cluster: string, addresses: readonly Json[]): Json => ({
  cluster_name: cluster,
  endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
});
