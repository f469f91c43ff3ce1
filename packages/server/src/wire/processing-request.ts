/**
 * Decodes `envoy.service.ext_proc.v3.ProcessingRequest` (proto/external_processor.proto). Fields that are not named there
 * are stepped over; a field that comes twice is read as protobuf says: the last one wins, messages are merged, and of a
 * oneof only the last member is left.
 */
import { STREAM_ATTRIBUTES, STREAM_METADATA_NAMESPACE } from '@sluice/envoy-config/contract';
import { ServerError } from '../errors.ts';
import { HEADER_MAP_LINE, type HeaderEntry, readHeaderLine } from './header-line.ts';
import { BODY_SEND_MODES, type BodySendMode } from './processing-mode.ts';
import { fixed64Tag, lengthTag, varintTag, WireReader } from './reader.ts';

/** Which part of an exchange a message is. In the order of their numbers, of which the first is 2. */
export const PROCESSING_KINDS = [
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'requestTrailers',
  'responseTrailers',
] as const;
export type ProcessingKind = (typeof PROCESSING_KINDS)[number];

/** What the filter does with bodies. `UNKNOWN`: a mode that came after Envoy 1.40. */
export interface ProtocolConfig {
  readonly requestBodyMode: BodySendMode | 'UNKNOWN';
  readonly responseBodyMode: BodySendMode | 'UNKNOWN';
  readonly sendBodyWithoutWaitingForHeaderResponse: boolean;
}

export type AttributeValue = string | number;

/** One message of Envoy's: the fields of its kind, and the others empty. */
export interface ProcessingRequest {
  readonly kind: ProcessingKind;
  /** Lines of headers or trailers, in order, pseudo headers included. */
  readonly headers: readonly HeaderEntry[];
  /** True where lines over the limit were left out. */
  readonly headersCut: boolean;
  /** A view of the message. */
  readonly body: Uint8Array;
  /** Of headers and bodies: nothing follows in this direction. Trailers are always the end. */
  readonly endOfStream: boolean;
  /** Those of STREAM_ATTRIBUTES that are a string or a number; Envoy sends them once for each direction. */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Null where it does not come: it is in the first message of a stream. */
  readonly protocolConfig: ProtocolConfig | null;
  /** Envoy does not wait for answers, nor heed them. */
  readonly observabilityMode: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Builder extends Mutable<Omit<ProcessingRequest, 'kind' | 'headers' | 'protocolConfig'>> {
  kind: ProcessingKind | null;
  headers: HeaderEntry[];
  protocolConfig: Mutable<ProtocolConfig> | null;
}

const NO_BYTES = new Uint8Array(0);
const NO_ATTRIBUTES: ReadonlyMap<string, AttributeValue> = new Map();

const FIELD_1 = lengthTag(1);
const FIELD_2 = lengthTag(2);
const REQUEST_FIRST = 2;
const ATTRIBUTES = lengthTag(9);
const OBSERVABILITY_MODE = varintTag(10);
const PROTOCOL_CONFIG = lengthTag(11);

/** Kinds by their tag. */
const KINDS: ReadonlyMap<number, ProcessingKind> = new Map(
  PROCESSING_KINDS.map((kind, index) => [lengthTag(REQUEST_FIRST + index), kind]),
);

/**
 * @throws ServerError WIRE_MALFORMED, also where the message is of none of the kinds above: it would wait for an answer that nobody
 * can give
 */
export function decodeProcessingRequest(bytes: Uint8Array, headerLinesMax: number): ProcessingRequest {
  const reader = new WireReader(bytes);
  const builder: Builder = {
    kind: null,
    headers: [],
    headersCut: false,
    body: NO_BYTES,
    endOfStream: false,
    attributes: NO_ATTRIBUTES,
    protocolConfig: null,
    observabilityMode: false,
  };
  while (reader.more()) {
    const tag = reader.tag();
    const kind = KINDS.get(tag);
    if (kind !== undefined) readPart(reader, builder, kind, headerLinesMax);
    else if (tag === ATTRIBUTES) readAttributes(reader, builder);
    else if (tag === PROTOCOL_CONFIG) readProtocolConfig(reader, builder);
    else if (tag === OBSERVABILITY_MODE) builder.observabilityMode = reader.bool();
    else reader.skip(tag);
  }
  const { kind } = builder;
  if (kind === null) {
    throw new ServerError('WIRE_MALFORMED', { reason: 'no part of an exchange', offset: reader.position });
  }
  return builder as Builder & { kind: ProcessingKind };
}

const HEADERS_END = varintTag(3);
const BODY_END = varintTag(2);

function readPart(reader: WireReader, builder: Builder, kind: ProcessingKind, headerLinesMax: number): void {
  if (builder.kind !== kind) startPart(builder, kind);
  const isBody = kind === 'requestBody' || kind === 'responseBody';
  const endTag = isBody ? BODY_END : isTrailers(kind) ? 0 : HEADERS_END;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === endTag) builder.endOfStream = reader.bool();
    else if (tag !== FIELD_1) reader.skip(tag);
    else if (isBody) builder.body = reader.bytes();
    else readHeaderMap(reader, builder, headerLinesMax);
  }
  reader.leave(outer);
}

const isTrailers = (kind: ProcessingKind): boolean =>
  kind === 'requestTrailers' || kind === 'responseTrailers';

/** What another member of the oneof had said is not said. */
function startPart(builder: Builder, kind: ProcessingKind): void {
  builder.kind = kind;
  if (builder.headers.length > 0) builder.headers = [];
  builder.headersCut = false;
  builder.body = NO_BYTES;
  builder.endOfStream = isTrailers(kind);
}

function readHeaderMap(reader: WireReader, builder: Builder, headerLinesMax: number): void {
  const outer = reader.enterText();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== HEADER_MAP_LINE) {
      reader.skip(tag);
      continue;
    }
    const line = readHeaderLine(reader);
    if (builder.headers.length < headerLinesMax) builder.headers.push(line);
    else builder.headersCut = true;
  }
  reader.leave(outer);
}

const CONFIG_REQUEST_BODY = varintTag(1);
const CONFIG_RESPONSE_BODY = varintTag(2);
const CONFIG_SEND_BODY = varintTag(3);

function readProtocolConfig(reader: WireReader, builder: Builder): void {
  builder.protocolConfig ??= {
    requestBodyMode: 'NONE',
    responseBodyMode: 'NONE',
    sendBodyWithoutWaitingForHeaderResponse: false,
  };
  const config = builder.protocolConfig;
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === CONFIG_REQUEST_BODY) config.requestBodyMode = readBodySendMode(reader);
    else if (tag === CONFIG_RESPONSE_BODY) config.responseBodyMode = readBodySendMode(reader);
    else if (tag === CONFIG_SEND_BODY) config.sendBodyWithoutWaitingForHeaderResponse = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
}

const readBodySendMode = (reader: WireReader): BodySendMode | 'UNKNOWN' =>
  BODY_SEND_MODES[reader.uint32()] ?? 'UNKNOWN';

/** An entry of `attributes`, a map from the filter's name to a Struct. The last of a name wins. */
function readAttributes(reader: WireReader, builder: Builder): void {
  const outer = reader.enter();
  let filter = '';
  const attributes = new Map<string, AttributeValue>();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) filter = reader.utf8();
    else if (tag === FIELD_2) readStruct(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (filter === STREAM_METADATA_NAMESPACE) builder.attributes = attributes;
}

const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set(STREAM_ATTRIBUTES);

/** A Struct's map from name to Value; other names are stepped over. */
function readStruct(reader: WireReader, attributes: Map<string, AttributeValue>): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) readMember(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readMember(reader: WireReader, attributes: Map<string, AttributeValue>): void {
  const outer = reader.enter();
  let name = '';
  let value: AttributeValue | null = null;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) name = reader.utf8();
    else if (tag === FIELD_2) value = readValue(reader, value);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (!ATTRIBUTE_NAMES.has(name)) return;
  if (value === null) attributes.delete(name);
  else attributes.set(name, value);
}

const VALUE_NUMBER = fixed64Tag(2);
const VALUE_STRING = lengthTag(3);
/** null, bool, struct, list. */
const VALUE_OTHERS: ReadonlySet<number> = new Set([varintTag(1), varintTag(4), lengthTag(5), lengthTag(6)]);

/** A Value is a oneof: one of another type takes the place of what was there. */
function readValue(reader: WireReader, former: AttributeValue | null): AttributeValue | null {
  const outer = reader.enter();
  let value = former;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === VALUE_STRING) value = reader.utf8();
    else if (tag === VALUE_NUMBER) value = reader.double();
    else {
      reader.skip(tag);
      if (VALUE_OTHERS.has(tag)) value = null;
    }
  }
  reader.leave(outer);
  return value;
}
