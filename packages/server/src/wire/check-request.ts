/**
 * Decodes `envoy.service.auth.v3.CheckRequest` (proto/external_auth.proto). Fields that are not named there are
 * stepped over; a field that comes twice is read as protobuf says: the last one wins, messages are merged.
 */
import { ServerError } from '../errors.ts';
import { CONTEXT_EXTENSIONS_MAX } from '../limits.ts';
import { HEADER_MAP_LINE, type HeaderEntry, readHeaderLine } from './header-line.ts';
import { lengthTag, varintTag, WireReader } from './reader.ts';

export type { HeaderEntry } from './header-line.ts';

export interface SocketAddress {
  /** Empty where the peer has no socket address. */
  readonly address: string;
  readonly port: number;
}

export interface CheckedHttp {
  /** Envoy's stream id: not x-request-id. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  readonly protocol: string;
  /** The map form: one entry a name, made by joining lines. */
  readonly headers: ReadonlyMap<string, string>;
  /** The raw form (`encode_raw_headers`): one entry a line, in order. */
  readonly headerLines: readonly HeaderEntry[];
  /** True where header lines over the limit were left out. */
  readonly headersCut: boolean;
  /** `body`: without `pack_as_bytes`. */
  readonly body: Uint8Array;
  /** `raw_body`: with `pack_as_bytes`. */
  readonly rawBody: Uint8Array;
}

export interface CheckRequest {
  readonly source: SocketAddress;
  readonly destination: SocketAddress;
  /** Null where the message has no `request.http`. */
  readonly http: CheckedHttp | null;
  readonly contextExtensions: ReadonlyMap<string, string>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface HttpBuilder extends Mutable<CheckedHttp> {
  headers: Map<string, string>;
  headerLines: HeaderEntry[];
}

interface Builder {
  source: Mutable<SocketAddress>;
  destination: Mutable<SocketAddress>;
  http: HttpBuilder | null;
  contextExtensions: Map<string, string>;
  readonly headerLinesMax: number;
}

const FIELD_1 = lengthTag(1);
const FIELD_2 = lengthTag(2);
const FIELD_3 = lengthTag(3);
const NOTHING = new Uint8Array(0);
/** Of messages in the raw form. Stays empty. */
const NO_HEADERS = new Map<string, string>();

/**
 * The body fields are views of `bytes`.
 * @throws ServerError WIRE_MALFORMED, WIRE_LIMIT
 */
export function decodeCheckRequest(bytes: Uint8Array, headerLinesMax: number): CheckRequest {
  const reader = new WireReader(bytes);
  const builder: Builder = {
    source: { address: '', port: 0 },
    destination: { address: '', port: 0 },
    http: null,
    contextExtensions: new Map(),
    headerLinesMax,
  };
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) readNested(reader, builder, readAttributes);
    else reader.skip(tag);
  }
  return builder;
}

/** Reads every field of the message in the current field. */
function readNested<T>(
  reader: WireReader,
  target: T,
  readField: (reader: WireReader, tag: number, target: T) => void,
): void {
  const outer = reader.enter();
  while (reader.more()) readField(reader, reader.tag(), target);
  reader.leave(outer);
}

const ATTRIBUTES_REQUEST = lengthTag(4);
const ATTRIBUTES_CONTEXT = lengthTag(10);

function readAttributes(reader: WireReader, tag: number, builder: Builder): void {
  switch (tag) {
    case FIELD_1:
      readNested(reader, builder.source, readPeer);
      return;
    case FIELD_2:
      readNested(reader, builder.destination, readPeer);
      return;
    case ATTRIBUTES_REQUEST:
      readNested(reader, builder, readRequest);
      return;
    case ATTRIBUTES_CONTEXT:
      readContextExtension(reader, builder.contextExtensions);
      return;
    default:
      reader.skip(tag);
      return;
  }
}

function readPeer(reader: WireReader, tag: number, peer: Mutable<SocketAddress>): void {
  if (tag === FIELD_1) readNested(reader, peer, readAddress);
  else reader.skip(tag);
}

/** A oneof: an address of another kind takes the place of a socket address. */
function readAddress(reader: WireReader, tag: number, peer: Mutable<SocketAddress>): void {
  if (tag === FIELD_1) {
    readNested(reader, peer, readSocketAddress);
    return;
  }
  if (tag === FIELD_2 || tag === FIELD_3) {
    peer.address = '';
    peer.port = 0;
  }
  reader.skip(tag);
}

const SOCKET_PORT = varintTag(3);

function readSocketAddress(reader: WireReader, tag: number, peer: Mutable<SocketAddress>): void {
  if (tag === FIELD_2) peer.address = reader.latin1();
  else if (tag === SOCKET_PORT) peer.port = reader.uint32();
  else reader.skip(tag);
}

function readContextExtension(reader: WireReader, extensions: Map<string, string>): void {
  if (extensions.size >= CONTEXT_EXTENSIONS_MAX) {
    const what = 'context extensions';
    throw new ServerError('WIRE_LIMIT', { what, limit: CONTEXT_EXTENSIONS_MAX, offset: reader.position });
  }
  const outer = reader.enter();
  let key = '';
  let value = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) key = reader.utf8();
    else if (tag === FIELD_2) value = reader.utf8();
    else reader.skip(tag);
  }
  reader.leave(outer);
  extensions.set(key, value);
}

function readRequest(reader: WireReader, tag: number, builder: Builder): void {
  if (tag !== FIELD_2) {
    reader.skip(tag);
    return;
  }
  builder.http ??= {
    id: '',
    method: '',
    path: '',
    host: '',
    scheme: '',
    protocol: '',
    headers: NO_HEADERS,
    headerLines: [],
    headersCut: false,
    body: NOTHING,
    rawBody: NOTHING,
  };
  const outer = reader.enter();
  while (reader.more()) readHttp(reader, reader.tag(), builder.http, builder.headerLinesMax);
  reader.leave(outer);
}

const HTTP_PATH = lengthTag(4);
const HTTP_HOST = lengthTag(5);
const HTTP_SCHEME = lengthTag(6);
const HTTP_PROTOCOL = lengthTag(10);
const HTTP_BODY = lengthTag(11);
const HTTP_RAW_BODY = lengthTag(12);
const HTTP_HEADER_MAP = lengthTag(13);

function readHttp(reader: WireReader, tag: number, http: HttpBuilder, headerLinesMax: number): void {
  switch (tag) {
    case FIELD_1:
      http.id = reader.latin1();
      return;
    case FIELD_2:
      http.method = reader.latin1();
      return;
    case FIELD_3:
      readHeaderEntry(reader, http, headerLinesMax);
      return;
    case HTTP_PATH:
      http.path = reader.latin1();
      return;
    case HTTP_HOST:
      http.host = reader.latin1();
      return;
    case HTTP_SCHEME:
      http.scheme = reader.latin1();
      return;
    case HTTP_PROTOCOL:
      http.protocol = reader.latin1();
      return;
    case HTTP_BODY:
      http.body = reader.bytes();
      return;
    case HTTP_RAW_BODY:
      http.rawBody = reader.bytes();
      return;
    case HTTP_HEADER_MAP: {
      const outer = reader.enterText();
      while (reader.more()) readHeaderMap(reader, reader.tag(), http, headerLinesMax);
      reader.leave(outer);
      return;
    }
    default:
      reader.skip(tag);
      return;
  }
}

/** An entry of `headers`, a map: the last of a name wins. */
function readHeaderEntry(reader: WireReader, http: HttpBuilder, headerLinesMax: number): void {
  const outer = reader.enter();
  let key = '';
  let value = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === FIELD_1) key = reader.latin1();
    else if (tag === FIELD_2) value = reader.latin1();
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (http.headers === NO_HEADERS) http.headers = new Map();
  if (http.headers.size < headerLinesMax || http.headers.has(key)) http.headers.set(key, value);
  else http.headersCut = true;
}

/** A line of `header_map`. */
function readHeaderMap(reader: WireReader, tag: number, http: HttpBuilder, headerLinesMax: number): void {
  if (tag !== HEADER_MAP_LINE) {
    reader.skip(tag);
    return;
  }
  const line = readHeaderLine(reader);
  if (http.headerLines.length < headerLinesMax) http.headerLines.push(line);
  else http.headersCut = true;
}
