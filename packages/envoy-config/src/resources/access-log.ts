/** Envoy's access log as JSON, a line a request, joined to Sluice's events by request id. It holds no query. */
import { METADATA_NAMESPACE, STREAM_METADATA_NAMESPACE } from '../contract.ts';
import { type Json, typed } from '../json.ts';
import type { DataPath, GuardPolicy } from '../table.ts';
import { dataPathOf } from './policies.ts';

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
  'request_bytes_seen',
  'request_bytes_passed',
  'response_bytes_seen',
  'response_bytes_passed',
  'skipped',
] as const;

const NAMESPACES: Readonly<Record<DataPath, string>> = {
  ext_authz: METADATA_NAMESPACE,
  ext_proc: STREAM_METADATA_NAMESPACE,
};

/** Where one filter answers, its answer is `sluice`; where both may, what was said in a stream is `sluice_stream`, and the other null. */
function told(policies: readonly GuardPolicy[]): Readonly<Record<string, Json>> {
  const of = (dataPath: DataPath, prefix: string): Readonly<Record<string, Json>> => {
    const field = (name: string): string => `%DYNAMIC_METADATA(${NAMESPACES[dataPath]}:${name})%`;
    return {
      [`${prefix}event_id`]: field('request_id'),
      [prefix === '' ? 'sluice' : 'sluice_stream']: Object.fromEntries(
        METADATA.map((name) => [name, field(name)]),
      ),
    };
  };
  const [first = 'ext_authz', second] = [...new Set(policies.map(dataPathOf))].toSorted();
  return { ...of(first, ''), ...(second === undefined ? {} : of(second, 'stream_')) };
}

export function accessLog(path: string, policies: readonly GuardPolicy[]): Json {
  return [
    {
      name: 'envoy.access_loggers.file',
      typed_config: typed('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
        path,
        log_format: {
          json_format: {
            time: '%START_TIME%',
            request_id: '%REQ(X-REQUEST-ID)%',
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
            ...told(policies),
          },
        },
      }),
    },
  ];
}
