/**
 * Envoy's external processing: an exchange flows by in a stream, and nothing of it goes on that was not answered. One filter does for all
 * policies of a listener, as routes may override its mode and its way to fail. For upgrades there is another, in a chain of its own.
 * test/ext-proc-facts*.test.ts shows on a real Envoy what is relied on here.
 */
import {
  isPolicyMetadata,
  REQUEST_ID_OWN,
  STREAM_ATTRIBUTES,
  STREAM_HELD_BYTES_MAX,
  STREAM_METADATA_NAMESPACE,
  STREAM_PAUSE_MILLIS_MAX,
  STREAM_PEER,
  STREAM_POLICY,
  STREAM_PROFILE,
  STREAM_REQUEST_ID,
  type StreamProfile,
} from '../contract.ts';
import { refuse } from '../errors.ts';
import { duration, type Json, type TypedMessage, typed } from '../json.ts';
import { CHUNK_BYTES_MAX, MESSAGE_BODY_BYTES_MAX } from '../limits.ts';
import type { BodyProfile, GuardPolicy, NamedPolicy } from '../table.ts';
import {
  dataPathOf,
  type GuardFilter,
  type GuardSettings,
  guardOf,
  type RouteFilters,
  type RouteGuardOptions,
  SLUICE_CLUSTER,
} from './policies.ts';

const MESSAGES = 'envoy.extensions.filters.http.ext_proc.v3.';

const FILTER = STREAM_METADATA_NAMESPACE;
const UPGRADE_FILTER = `${STREAM_METADATA_NAMESPACE}.upgrade`;

export const isProcessed = (policy: GuardPolicy): boolean => dataPathOf(policy) === 'ext_proc';

/** What a policy's bodies get. Where nothing is refused, nothing is collected: a body over the limit would be. */
export function profileOf(policy: GuardPolicy): BodyProfile {
  const { profile = 'streaming' } = policy;
  return profile === 'buffered' && guardOf(policy) === 'invisible' ? 'streaming' : profile;
}

/** The filter of ordinary requests; none where no policy needs it. */
export function processorFilters(
  policies: readonly GuardPolicy[],
  settings: GuardSettings,
): readonly GuardFilter[] {
  return policies.some(isProcessed) ? [{ name: FILTER, config: processor(settings, holding()) }] : [];
}

/**
 * The filter of upgrades. Whether a request is one is for Envoy's codec to say, so no client can choose this filter for a request with a
 * body. Held bodies would hang here: what follows the headers only comes when the workload has answered.
 */
export function upgradeFilters(
  policies: readonly GuardPolicy[],
  settings: GuardSettings,
): readonly GuardFilter[] {
  if (!policies.some(isProcessed)) return [];
  return [{ name: UPGRADE_FILTER, config: processor(settings, { processing_mode: HEADERS_ALONE }) }];
}

type Fields = Readonly<Record<string, Json>>;

const HEADERS_ALONE = {
  request_header_mode: 'SEND',
  request_body_mode: 'NONE',
  request_trailer_mode: 'SKIP',
  response_header_mode: 'SKIP',
  response_body_mode: 'NONE',
  response_trailer_mode: 'SKIP',
} as const;

const holding = (): Fields => ({
  processing_mode: processingMode({ mode: 'Block', unavailable: 'Closed' }),
  // Body messages come while headers are unanswered, and unanswered headers go nowhere: that is what holds a request back.
  send_body_without_waiting_for_header_response: true,
});

/** Of the filter, wherever it stands and whoever writes the rest of it. */
export const COMMON_SETTINGS = {
  max_message_timeout: duration(STREAM_PAUSE_MILLIS_MAX),
  // Nothing of an exchange is ever changed: an answer that would write where a request goes is an error. They hold for the header
  // lines of a block page too, so that they cannot forbid everything.
  mutation_rules: { disallow_system: true, disallow_is_error: true },
  // Of a body that is not changed. Without it a workload gets chunks in place of a length.
  allow_content_length_header: true,
  // A route that is chosen again after the verdict could be one with another policy.
  route_cache_action: 'RETAIN',
} as const;

const processor = (settings: GuardSettings, mode: Fields): TypedMessage =>
  typed(`${MESSAGES}ExternalProcessor`, {
    grpc_service: { envoy_grpc: { cluster_name: settings.cluster ?? SLUICE_CLUSTER } },
    // The strictest; each route says its own.
    failure_mode_allow: false,
    status_on_error: { code: settings.statusOnError },
    ...mode,
    message_timeout: duration(settings.verdictMillis),
    request_attributes: [...STREAM_ATTRIBUTES],
    metadata_options: { receiving_namespaces: { untyped: [STREAM_METADATA_NAMESPACE] } },
    ...COMMON_SETTINGS,
    allow_mode_override: false,
  });

/** Of responses the trailers too: without them a body with trailers has no end. */
function processingMode(policy: GuardPolicy): Fields {
  const responses = policy.responses === true;
  return {
    request_header_mode: 'SEND',
    request_body_mode: profileOf(policy) === 'buffered' ? 'BUFFERED' : 'STREAMED',
    request_trailer_mode: 'SEND',
    response_header_mode: responses ? 'SEND' : 'SKIP',
    response_body_mode: responses ? 'STREAMED' : 'NONE',
    response_trailer_mode: responses ? 'SEND' : 'SKIP',
  };
}

/** Said of each filter, for a virtual host may have switched on what its route must not use. @throws EnvoyConfigError ENVOY_OPTION */
export function processorFor(options: RouteGuardOptions): RouteFilters {
  const { policy, policies, released = false } = options;
  if (!policies.some(isProcessed)) return [];
  const perRoute = (fields: Fields): TypedMessage => typed(`${MESSAGES}ExtProcPerRoute`, fields);
  if (released || !isProcessed(policy))
    return [FILTER, UPGRADE_FILTER].map((name) => [name, perRoute({ disabled: true })]);
  const overrides = (profile: StreamProfile, fields: Fields): Fields => ({
    overrides: {
      failure_mode_allow: guardOf(policy) !== 'closed',
      ...fields,
      grpc_initial_metadata: streamMetadata(policy, profile, options),
    },
  });
  return [
    [FILTER, perRoute(overrides(profileOf(policy), { processing_mode: processingMode(policy) }))],
    [UPGRADE_FILTER, perRoute(overrides('upgrade', {}))],
  ];
}

/** Envoy reads these values as formats, in which a percent sign begins a command. @throws EnvoyConfigError ENVOY_OPTION */
export function streamMetadata(
  policy: NamedPolicy,
  profile: StreamProfile,
  options: Pick<RouteGuardOptions, 'maxRequestBytes' | 'ownRequestId'>,
): Json {
  if (!isPolicyMetadata(policy.name))
    refuse('policy', `${JSON.stringify(policy.name)} is not ASCII without spaces, as a header of gRPC is`);
  const values = {
    [STREAM_POLICY]: policy.name.replaceAll('%', '%%'),
    [STREAM_PROFILE]: profile,
    [STREAM_HELD_BYTES_MAX]: String(options.maxRequestBytes),
    [STREAM_PEER]: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
    ...(options.ownRequestId ? { [STREAM_REQUEST_ID]: REQUEST_ID_OWN } : {}),
  };
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

/**
 * How much of a body Envoy holds for a route. It reads on until that much is unanswered, and once it has stopped, only when less than half
 * of that is: with less than twice this, and as much unanswered as is allowed (STREAM_HELD_BYTES_MAX), neither side would move again.
 * A collected body is refused above it. @throws EnvoyConfigError ENVOY_OPTION
 */
export function heldBytes(policy: GuardPolicy, maxRequestBytes: number): Fields {
  if (!isProcessed(policy)) return {};
  if (profileOf(policy) !== 'buffered')
    return { request_body_buffer_limit: 2 * (maxRequestBytes + CHUNK_BYTES_MAX) };
  if (maxRequestBytes > MESSAGE_BODY_BYTES_MAX)
    refuse(
      'maxRequestBytes',
      `with buffered bodies it is ${MESSAGE_BODY_BYTES_MAX} at most, as much as a message holds`,
    );
  return { request_body_buffer_limit: maxRequestBytes };
}
