/** Clusters: those of Sluice's processes, and what is dangerous in any. */
import { type Finding, finding } from './codes.ts';
import type { Node } from './node.ts';

/** Envoy's default, which one slow second of a busy node exceeds. */
const ENVOYS_REQUESTS_MAX = 1_024;
/** Requests at once below which a crowd is turned away. */
const REQUESTS_WANTED = 10_000;

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export function checkCluster(cluster: Node, isAsked: boolean): readonly Finding[] {
  const forged = cluster.at('original_dst_lb_config.use_http_header');
  return [
    ...(forged.isTrue ? [finding('DESTINATION_FORGED', forged.place)] : []),
    ...(isAsked ? checkAsked(cluster) : []),
  ];
}

function checkAsked(cluster: Node): readonly Finding[] {
  const name = cluster.at('name').text;
  return [
    ...(speaksHttp2(cluster) ? [] : [finding('CLUSTER_NOT_HTTP2', cluster.place, { name })]),
    ...checkBreakers(cluster, name),
    ...checkHealth(cluster, name),
  ];
}

function speaksHttp2(cluster: Node): boolean {
  const options = cluster.at('typed_extension_protocol_options').key(HTTP_OPTIONS);
  return (
    options.at('explicit_http_config.http2_protocol_options').exists ||
    cluster.at('http2_protocol_options').exists
  );
}

function checkBreakers(cluster: Node, name: string): readonly Finding[] {
  const thresholds = cluster.each('circuit_breakers.thresholds');
  const threshold = thresholds.find((one) => ['', 'DEFAULT'].includes(one.at('priority').text));
  const counts = ['max_connections', 'max_pending_requests', 'max_requests'].map(
    (limit) => threshold?.at(limit).number ?? ENVOYS_REQUESTS_MAX,
  );
  const count = Math.min(...counts);
  if (count >= REQUESTS_WANTED) return [];
  return [finding('CIRCUIT_BREAKERS', `${cluster.place}.circuit_breakers`, { name, count })];
}

/** With one process there is nobody else to ask; with several, somebody has to notice that one is gone. */
function checkHealth(cluster: Node, name: string): readonly Finding[] {
  const endpoints = cluster.each('load_assignment.endpoints').flatMap((group) => group.each('lb_endpoints'));
  if (endpoints.length < 2) return [];
  const missing = [
    ...(cluster.at('outlier_detection').exists ? [] : ['no outlier_detection']),
    ...(cluster.each('health_checks').length > 0 ? [] : ['no health_checks']),
  ];
  if (missing.length === 0) return [];
  return [finding('DEAD_PROCESS', cluster.place, { name, missing: missing.join(' and ') })];
}
