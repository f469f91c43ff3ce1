/** What of an ext_proc filter is wrong on a route, with all that the route overrides. */
import { STREAM_HELD_BYTES_MAX, STREAM_POLICY, STREAM_PROFILE } from '../contract.ts';
import { MESSAGE_BODY_BYTES_MAX } from '../limits.ts';
import { type Finding, finding } from './codes.ts';
import type { Node } from './node.ts';

/** An ext_proc filter as it is on a route. */
export interface Processing {
  readonly config: Node;
  /** Of the route's overrides, or the filter's own. */
  readonly mode: Node;
  /** Of the gRPC stream, by name: the filter's, and over it the levels of the route. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Most specific first: route, virtual host, table. */
  readonly levels: readonly Node[];
  /** Detect and Off refuse nothing and hold nothing. */
  readonly isInvisible: boolean;
  /** Bytes that Envoy holds over HTTP/1 and HTTP/2 where no route says another number. */
  readonly buffers: Buffers;
}

export interface Buffers {
  readonly http1: number;
  readonly http2: number;
}

export function checkProcessing(processing: Processing): readonly Finding[] {
  const { config, mode } = processing;
  const found: Finding[] = [
    ...checkMessages(processing),
    ...checkHolding(processing),
    ...checkTold(processing),
  ];
  if (config.at('forward_rules').exists)
    found.push(finding('HEADERS_WITHHELD', config.at('forward_rules').place, { what: 'forward_rules' }));
  const cleared = config.at('route_cache_action');
  if (cleared.text === 'CLEAR') found.push(finding('ROUTE_CACHE', cleared.place));
  if (mode.at('request_body_mode').text === 'STREAMED' && !config.at('allow_content_length_header').isTrue)
    found.push(finding('LENGTH_LOST', config.at('allow_content_length_header').place));
  return found;
}

const HEADER_MODES = ['request_header_mode', 'request_trailer_mode'] as const;
const BODY_MODES: Readonly<Record<string, readonly string[]>> = {
  request_body_mode: ['', 'NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL'],
  response_body_mode: ['', 'NONE', 'STREAMED'],
};

/** Which messages come. */
function checkMessages({ mode }: Processing): readonly Finding[] {
  const [headers, trailers] = HEADER_MODES.map((name) => mode.at(name));
  const unspoken = Object.entries(BODY_MODES).flatMap(([name, known]) => {
    const given = mode.at(name);
    if (known.includes(given.text)) return [];
    return [finding('STREAM_REFUSED', given.place, { what: `${name} ${given.text}` })];
  });
  return [
    ...(headers?.text === 'SKIP'
      ? [finding('HEADERS_WITHHELD', headers.place, { what: 'request_header_mode SKIP' })]
      : []),
    ...(trailers !== undefined && trailers.text !== 'SEND'
      ? [finding('TRAILERS_UNSEEN', trailers.place)]
      : []),
    ...unspoken,
  ];
}

/** Whether a held body can go on, and how long its client may pause. */
function checkHolding({
  config,
  mode,
  levels,
  metadata,
  isInvisible,
  buffers,
}: Processing): readonly Finding[] {
  const own = levels.map((level) => level.at('request_body_buffer_limit')).find(({ exists }) => exists);
  const [http1, http2] = [buffers.http1, buffers.http2].map((bytes) => Math.max(bytes, own?.number ?? 0));
  const place = (own ?? mode).place;
  if (mode.at('request_body_mode').text === 'BUFFERED') {
    const bytes = Math.max(http1 ?? 0, http2 ?? 0);
    return bytes > MESSAGE_BODY_BYTES_MAX ? [finding('BODY_OVER_MESSAGE', place, { bytes })] : [];
  }
  if (mode.at('request_body_mode').text !== 'STREAMED') return [];
  const found: Finding[] = [];
  const waits = config.at('send_body_without_waiting_for_header_response');
  if (!waits.isTrue && !isInvisible) found.push(finding('HEADERS_FIRST', waits.place));
  const told = Number(metadata.get(STREAM_HELD_BYTES_MAX) ?? 0);
  const bytes = Math.min(http1 ?? 0, http2 ?? 0);
  if (bytes < 2 * told && !isInvisible) found.push(finding('STANDS_STILL', place, { told, bytes }));
  const longest = config.at('max_message_timeout');
  if (!(longest.millis ?? 0) && !isInvisible) found.push(finding('PAUSES_CUT', longest.place));
  return found;
}

const PROFILES: Readonly<Record<string, readonly string[]>> = {
  STREAMED: ['streaming', 'window'],
  BUFFERED: ['buffered'],
};

/** What Sluice has to know of a stream, or refuses it. */
function checkTold({ config, mode, metadata, levels }: Processing): readonly Finding[] {
  const [{ place } = config] = levels;
  const found: Finding[] = [];
  const missing = [STREAM_PROFILE, STREAM_HELD_BYTES_MAX].filter((name) => !metadata.has(name));
  if (missing.length > 0)
    found.push(finding('STREAM_REFUSED', place, { what: `no metadata ${missing.join(', ')}` }));
  const profile = metadata.get(STREAM_PROFILE);
  const body = mode.at('request_body_mode');
  const fitting = PROFILES[body.text];
  if (profile !== undefined && fitting !== undefined && !fitting.includes(profile))
    found.push(finding('STREAM_REFUSED', body.place, { what: `${body.text} with the profile ${profile}` }));
  if (!metadata.has(STREAM_POLICY)) found.push(finding('POLICY_UNNAMED', place));
  if (config.each('metadata_options.receiving_namespaces.untyped').length === 0)
    found.push(finding('LOG_UNTOLD', config.at('metadata_options').place));
  return found;
}
