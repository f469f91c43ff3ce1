/**
 * The opening of a stream to what an exchange needs to know: who asks, by Envoy's own attributes; which policy, by the
 * stream's metadata, which Envoy's configuration sets and no client can.
 */
import type { Endpoint, HttpRequestAttributes } from '@sluice/engine';
import {
  STREAM_HELD_BYTES_MAX,
  STREAM_PEER,
  STREAM_POLICY,
  STREAM_PROFILE,
  STREAM_PROFILES,
  STREAM_REQUEST_ID,
  type StreamProfile,
} from '@sluice/envoy-config/contract';
import { ServerError } from './errors.ts';
import type { HeadersMessage } from './ext-proc/messages.ts';
import type { Mode, Scheme } from './inspector.ts';
import { requestIdOf, requestTarget, restoreFraming, scanHeaders, schemeOf } from './request-headers.ts';
import type { AttributeValue, ProtocolConfig } from './wire/processing-request.ts';

const DIGITS = /^[0-9]{1,15}$/;

export interface StreamContext {
  /** The policy that Envoy's configuration of the route names, or null. */
  readonly policy: string | null;
  readonly profile: StreamProfile;
  /** Bytes of a body that Envoy can hold without an answer. */
  readonly heldBytesMax: number;
  /** Who makes request ids; undefined is Envoy. */
  readonly requestIds: string | undefined;
  /** Address of who is connected with Envoy, whatever headers say; empty where it is not told. */
  readonly peer: string;
}

/**
 * @param metadata of the stream, by name
 * @throws ServerError STREAM_CONTEXT_INVALID
 */
export function streamContext(metadata: (name: string) => string | undefined): StreamContext {
  const named = metadata(STREAM_PROFILE);
  const profile = STREAM_PROFILES.find((known) => known === named);
  if (profile === undefined) {
    throw new ServerError('STREAM_CONTEXT_INVALID', { name: STREAM_PROFILE, reason: 'not a profile' });
  }
  return {
    policy: metadata(STREAM_POLICY) ?? null,
    profile,
    heldBytesMax: heldBytes(profile, metadata(STREAM_HELD_BYTES_MAX)),
    requestIds: metadata(STREAM_REQUEST_ID),
    peer: endpoint(metadata(STREAM_PEER) ?? null).address,
  };
}

function heldBytes(profile: StreamProfile, value: string | undefined): number {
  // Nothing is held where headers are all there is.
  if (value === undefined && profile === 'upgrade') return 0;
  if (value === undefined || !DIGITS.test(value) || Number(value) === 0) {
    const reason = 'not a number of bytes, 1 or more';
    throw new ServerError('STREAM_CONTEXT_INVALID', { name: STREAM_HELD_BYTES_MAX, reason });
  }
  return Number(value);
}

const REQUEST_BODY_MODES: Readonly<Record<StreamProfile, ProtocolConfig['requestBodyMode']>> = {
  streaming: 'STREAMED',
  window: 'STREAMED',
  buffered: 'BUFFERED',
  upgrade: 'NONE',
};

/**
 * A stream in another mode than its profile is made for could let a body by, or stand still.
 *
 * @param config null where Envoy sent none
 * @throws ServerError STREAM_MODE
 */
export function requireMode(profile: StreamProfile, mode: Mode, config: ProtocolConfig | null): void {
  if (config === null) throw new ServerError('STREAM_MODE', { profile, what: 'no protocol_config' });
  if (config.requestBodyMode !== REQUEST_BODY_MODES[profile]) {
    throw new ServerError('STREAM_MODE', { profile, what: `request_body_mode ${config.requestBodyMode}` });
  }
  const { responseBodyMode } = config;
  if (responseBodyMode !== 'NONE' && responseBodyMode !== 'STREAMED') {
    throw new ServerError('STREAM_MODE', { profile, what: `response_body_mode ${responseBodyMode}` });
  }
  // Headers that are held back without it stand still; where nothing is held it makes no difference.
  const holds = mode === 'Block' && REQUEST_BODY_MODES[profile] === 'STREAMED';
  if (holds && !config.sendBodyWithoutWaitingForHeaderResponse) {
    const what = 'no send_body_without_waiting_for_header_response';
    throw new ServerError('STREAM_MODE', { profile, what });
  }
}

export interface StreamRequest {
  readonly attributes: HttpRequestAttributes;
  readonly accept: string;
  readonly probe: boolean;
  /** What the probe calls itself; empty where it is none. */
  readonly probeName: string;
  /** Between client and Envoy; null where it is neither of both. */
  readonly scheme: Scheme | null;
}

/**
 * @param given Envoy's attributes by their names; what it does not know is not there
 * @throws ServerError CHECK_INCOMPLETE
 */
export function fromStream(
  message: HeadersMessage,
  given: ReadonlyMap<string, AttributeValue>,
  requestIds: string | undefined,
): StreamRequest {
  const scan = scanHeaders(message.headers, { host: '', requestIds });
  if (scan.method === '') throw new ServerError('CHECK_INCOMPLETE', { part: ':method' });
  const protocol = textOf(given.get('request.protocol')) ?? '';
  restoreFraming(scan, protocol, !message.endOfStream);
  const attributes = {
    id: requestIdOf(scan, requestIds),
    method: scan.method,
    uri: requestTarget(scan.method, scan.path, scan),
    protocol,
    headers: scan.headers,
    client: endpoint(textOf(given.get('source.address'))),
    server: endpoint(textOf(given.get('destination.address'))),
  };
  const { accept, probe, probeName } = scan;
  return { attributes, accept, probe, probeName, scheme: schemeOf(scan.scheme) };
}

/** Null where Envoy does not know it. */
export const textOf = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' ? value : null;

const IP_PORT = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([0-9.]+)):([0-9]{1,5})$/;

/** `ip:port`, IPv6 in brackets. A pipe, and whatever else, has neither. */
export function endpoint(text: string | null): Endpoint {
  const match = IP_PORT.exec(text ?? '');
  if (match === null) return { address: '', port: 0 };
  return { address: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}
