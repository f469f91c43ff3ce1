/** Envoy's access log as JSON, a line a request, joined to Sluice's events by request id. It holds no query. */
import { METADATA_NAMESPACE } from '../contract.ts';
import { type Json, typed } from '../json.ts';

/** What Sluice says of a request (reply.ts of the server). */
const METADATA = [
  'policy',
  'mode',
  'verdict',
  'action',
  'would_block',
  'rule_ids',
  'cause',
  'duration_us',
  'probe',
] as const;

export function accessLog(path: string): Json {
  const sluice = METADATA.map((name) => [name, `%DYNAMIC_METADATA(${METADATA_NAMESPACE}:${name})%`] as const);
  return [
    {
      name: 'envoy.access_loggers.file',
      typed_config: typed('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
        path,
        log_format: {
          json_format: {
            time: '%START_TIME%',
            request_id: '%REQ(X-REQUEST-ID)%',
            event_id: `%DYNAMIC_METADATA(${METADATA_NAMESPACE}:request_id)%`,
            client: '%DOWNSTREAM_REMOTE_ADDRESS%',
            protocol: '%PROTOCOL%',
            method: '%REQ(:METHOD)%',
            authority: '%REQ(:AUTHORITY)%',
            path: '%PATH(NQ)%',
            status: '%RESPONSE_CODE%',
            details: '%RESPONSE_CODE_DETAILS%',
            flags: '%RESPONSE_FLAGS%',
            duration_ms: '%DURATION%',
            bytes_received: '%BYTES_RECEIVED%',
            bytes_sent: '%BYTES_SENT%',
            sluice: Object.fromEntries(sluice),
          },
        },
      }),
    },
  ];
}
