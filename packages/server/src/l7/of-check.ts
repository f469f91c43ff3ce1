/** A check as the L7 view counts it. Of the workload's response ext_authz knows nothing. */
import type { Check } from '../check.ts';
import type { Decision } from '../decide.ts';
import type { ReplyMetadata } from '../reply.ts';
import type { L7Request } from './groups.ts';

/** @param answered null where Envoy got no answer of ours */
export function requestOfCheck(
  { request, selection, startMillis }: Check,
  answered: { readonly metadata: ReplyMetadata; readonly decision: Decision } | null,
): L7Request {
  const { attributes, body } = request;
  const { server, client, method, uri } = attributes;
  const isBlocked = answered?.decision.action === 'deny';
  return {
    policy: selection.name,
    address: server.address,
    port: server.port,
    route: '',
    client: client.address,
    // Envoy's ext_authz tells who is connected, whatever it takes for the client.
    isDirect: true,
    method,
    target: uri,
    status: isBlocked ? answered.decision.status : 0,
    isBlocked,
    wouldBlock: answered?.metadata.wouldBlock === true,
    isUninspectable: answered?.metadata.verdict === 'uninspectable',
    isUnjudged: answered === null,
    requestBytes: body.byteLength,
    responseBytes: 0,
    latencyMicros: -1,
    inspectionMicros: answered?.metadata.durationMicros ?? (performance.now() - startMillis) * 1_000,
  };
}
