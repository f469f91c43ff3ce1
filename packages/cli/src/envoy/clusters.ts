/** The two sorts of cluster: Sluice's processes over Unix sockets, and a workload. */
import { isIP } from 'node:net';
import { AUTHORIZATION_SERVICE } from '@sluice/server';
import { duration, type Json, typed } from './json.ts';

/** Each request holds one of these while it waits: Envoy's default of 1,024 would turn a crowd into errors. */
const REQUESTS_MAX = 100_000;

const CONNECT_MILLIS = 1_000;
const HEALTH_MILLIS = 1_000;
const EJECTION_MILLIS = 2_000;
/** Errors in a row after which a process is left aside: one that was killed would draw most requests to it. */
const ERRORS_MAX = 3;
/** Of the processes at once; with more gone, all are tried. */
const EJECTED_PERCENT_MAX = 67;

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** @param sockets one for each Sluice process */
export function sluiceCluster(name: string, sockets: readonly string[]): Json {
  return {
    name,
    type: 'STATIC',
    connect_timeout: duration(CONNECT_MILLIS),
    lb_policy: 'LEAST_REQUEST',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        { explicit_http_config: { http2_protocol_options: {} } },
      ),
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
        unhealthy_threshold: 2,
        healthy_threshold: 1,
        grpc_health_check: { service_name: AUTHORIZATION_SERVICE },
      },
    ],
    load_assignment: endpoints(
      name,
      sockets.map((path) => ({ pipe: { path } })),
    ),
  };
}

export function workloadCluster(name: string, upstream: Upstream): Json {
  const { host, port } = upstream;
  return {
    name,
    type: isIP(host) === 0 ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: duration(CONNECT_MILLIS),
    circuit_breakers: breakers(),
    load_assignment: endpoints(name, [{ socket_address: { address: host, port_value: port } }]),
  };
}

const breakers = (): Json => ({
  thresholds: [
    {
      max_connections: REQUESTS_MAX,
      max_pending_requests: REQUESTS_MAX,
      max_requests: REQUESTS_MAX,
    },
  ],
});

const endpoints = (cluster: string, addresses: readonly Json[]): Json => ({
  cluster_name: cluster,
  endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
});
