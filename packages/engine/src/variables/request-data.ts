/**
 * What is known of a request: the collections that rules read, filled as the message arrives. It is the sink of the body
 * processors. Order and duplicates stay as they were sent.
 */
import type { HttpRequestAttributes } from '../attributes/http-attributes.ts';
import { parseRequestTarget, type RequestTarget } from '../attributes/uri.ts';
import type {
  BodyErrorKind,
  BodySink,
  MultipartFlag,
  UnfinishedSink,
  XmlArgumentsMode,
} from '../body/processor.ts';
import type { XmlNode } from '../body/xml-selection.ts';
import { asciiLower } from '../bytes.ts';
import { ArgumentList } from './argument-list.ts';
import { type HeadShape, shapeOf } from './head-shape.ts';
import { makePair, NO_PAIRS, nameOf, type Pair } from './pair.ts';

export interface BodyError {
  readonly kind: BodyErrorKind;
  readonly message: string;
  readonly byteOffset: number;
}

function indexed(headers: readonly Pair[]): ReadonlyMap<string, readonly Pair[]> {
  const index = new Map<string, Pair[]>();
  for (const pair of headers) {
    const known = index.get(pair.lowerKey);
    if (known === undefined) index.set(pair.lowerKey, [pair]);
    else known.push(pair);
  }
  return index;
}

/** Of a class: literals with a getter of their own would each keep their request in V8's old generation. */
class NodePair implements Pair {
  readonly key: string;
  readonly lowerKey: string;
  readonly #node: XmlNode;

  constructor(pathText: string, node: XmlNode) {
    this.key = pathText;
    this.lowerKey = asciiLower(pathText);
    this.#node = node;
  }

  get value(): string {
    return this.#node.text;
  }
}

function headersOf({ headers }: HttpRequestAttributes, shape: HeadShape | null): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at < headers.length; at++) {
    const header = headers[at];
    if (header === undefined) continue;
    const name = shape?.names[at] ?? header[0];
    pairs.push(makePair(name, header[1], shape?.lowerNames[at]));
  }
  return pairs;
}

const NO_NODES: ReadonlyMap<string, readonly Pair[]> = new Map();
const NO_FLAGS: ReadonlySet<MultipartFlag> = new Set();

export class RequestData implements BodySink, UnfinishedSink {
  readonly attributes: HttpRequestAttributes;
  /** What this head has in common with others; null where that is not kept. */
  readonly shape: HeadShape | null;
  readonly headers: readonly Pair[];
  readonly cookies: Pair[] = [];
  readonly cookiesNames: Pair[] = [];
  readonly files: Pair[] = [];
  readonly filesNames: Pair[] = [];
  readonly filesSizes: Pair[] = [];
  /** Where a rule reads FILES_TMP_CONTENT; else empty. */
  readonly filesContents: Pair[] = [];
  readonly partHeaders: Pair[] = [];
  readonly xml: Pair[] = [];
  /** The same texts and attributes under the names of their elements and their own: no rule reads them so. */
  readonly xmlNamed: Pair[] = [];
  readonly target: RequestTarget;
  /** As in REQBODY_PROCESSOR; empty where none was chosen. */
  processor = '';
  forceBodyVariable = false;
  /** ctl:parseXmlIntoArgs; null where the setting counts. */
  xmlArguments: XmlArgumentsMode | null = null;
  /** REQUEST_BODY, or null where it is not kept. */
  bodyText: string | null = null;
  /** The body as it was taken apart, where a rule reads FULL_REQUEST; else null. */
  wholeBody: string | null = null;
  bodyBytes = 0;
  argsBytes = 0;
  filesBytes = 0;
  bodyError: BodyError | null = null;
  /** Bytes of the body over the limit: INBOUND_DATA_ERROR. */
  inboundDataError = false;
  badUrlencoding = false;
  /** Arguments of the query or the body over SecArgumentsLimit. */
  argumentsOverLimit = false;
  /** Values of the body that end where the body was cut; null where there are none. */
  unfinished: Set<Pair> | null = null;

  readonly #arguments = new ArgumentList();
  readonly #argumentNames = new ArgumentList();
  #headerIndex: ReadonlyMap<string, readonly Pair[]> | null = null;
  #xmlNodes: Map<string, Pair[]> | null = null;
  #multipartFlags: Set<MultipartFlag> | null = null;
  /** What was made of the head already; see `headPart`. */
  readonly #headParts: (readonly Pair[] | undefined)[] = [];

  /** @param origin what is known of the same request already: the two change apart from then on */
  constructor(attributes: HttpRequestAttributes, origin: RequestData | null = null) {
    this.attributes = attributes;
    if (origin !== null) {
      this.target = origin.target;
      this.shape = origin.shape;
      this.headers = origin.headers;
      this.#copy(origin);
      return;
    }
    this.target = parseRequestTarget(attributes.uri, attributes.method);
    this.shape = shapeOf(attributes);
    this.headers = headersOf(attributes, this.shape);
  }

  /** The same data, which from here on change apart. */
  fork(): RequestData {
    return new RequestData(this.attributes, this);
  }

  #copy(origin: RequestData): void {
    this.cookies.push(...origin.cookies);
    this.cookiesNames.push(...origin.cookiesNames);
    this.files.push(...origin.files);
    this.filesNames.push(...origin.filesNames);
    this.filesSizes.push(...origin.filesSizes);
    this.filesContents.push(...origin.filesContents);
    this.partHeaders.push(...origin.partHeaders);
    this.xml.push(...origin.xml);
    this.xmlNamed.push(...origin.xmlNamed);
    this.processor = origin.processor;
    this.forceBodyVariable = origin.forceBodyVariable;
    this.xmlArguments = origin.xmlArguments;
    this.bodyText = origin.bodyText;
    this.wholeBody = origin.wholeBody;
    this.bodyBytes = origin.bodyBytes;
    this.argsBytes = origin.argsBytes;
    this.filesBytes = origin.filesBytes;
    this.bodyError = origin.bodyError;
    this.inboundDataError = origin.inboundDataError;
    this.badUrlencoding = origin.badUrlencoding;
    this.argumentsOverLimit = origin.argumentsOverLimit;
    this.unfinished = origin.unfinished === null ? null : new Set(origin.unfinished);
    this.#arguments.copy(origin.#arguments);
    this.#argumentNames.copy(origin.#argumentNames);
    this.#headerIndex = origin.#headerIndex;
    this.#multipartFlags = origin.#multipartFlags === null ? null : new Set(origin.#multipartFlags);
    this.#headParts.push(...origin.#headParts);
    for (const [key, pairs] of origin.xmlNodes) {
      this.#xmlNodes ??= new Map();
      this.#xmlNodes.set(key, [...pairs]);
    }
  }

  get args(): readonly Pair[] {
    return this.#arguments.all;
  }

  get argsGet(): readonly Pair[] {
    return this.#arguments.ofQuery;
  }

  get argsPost(): readonly Pair[] {
    return this.#arguments.ofBody;
  }

  get argsNames(): readonly Pair[] {
    return this.#argumentNames.all;
  }

  get argsGetNames(): readonly Pair[] {
    return this.#argumentNames.ofQuery;
  }

  get argsPostNames(): readonly Pair[] {
    return this.#argumentNames.ofBody;
  }

  /** Whether anything came of a multipart body but arguments: FILES and what belongs to them, MULTIPART_PART_HEADERS. */
  get hasParts(): boolean {
    return this.files.length > 0 || this.partHeaders.length > 0;
  }

  /** By the key of the path that leads there. */
  get xmlNodes(): ReadonlyMap<string, readonly Pair[]> {
    return this.#xmlNodes ?? NO_NODES;
  }

  get multipartFlags(): ReadonlySet<MultipartFlag> {
    return this.#multipartFlags ?? NO_FLAGS;
  }

  /**
   * What is made of request line, headers and connection, which never change: made once.
   *
   * @param part a small number; the same for each call that makes the same
   */
  headPart(part: number, make: (request: RequestData) => readonly Pair[]): readonly Pair[] {
    const known = this.#headParts[part];
    if (known !== undefined) return known;
    const made = make(this);
    this.#headParts[part] = made;
    return made;
  }

  /** First value of a header, or undefined. */
  header(lowerName: string): string | undefined {
    if (this.shape !== null) return this.headers[this.shape.placesOf(lowerName)[0] ?? -1]?.value;
    return this.headersNamed(lowerName)[0]?.value;
  }

  /** All values of a header, in wire order. */
  headerValues(lowerName: string): readonly string[] {
    return this.headersNamed(lowerName).map(({ value }) => value);
  }

  /** All headers of a name, in wire order. */
  headersNamed(lowerName: string): readonly Pair[] {
    if (this.shape !== null) return this.#headersAt(this.shape.placesOf(lowerName));
    this.#headerIndex ??= indexed(this.headers);
    return this.#headerIndex.get(lowerName) ?? NO_PAIRS;
  }

  #headersAt(places: readonly number[]): readonly Pair[] {
    if (places.length === 0) return NO_PAIRS;
    const first = this.headers[places[0] ?? -1];
    if (places.length === 1 && first !== undefined) return [first];
    return places.flatMap((place) => this.headers[place] ?? []);
  }

  addCookie(name: string, value: string): void {
    const pair = makePair(name, value);
    this.cookies.push(pair);
    this.cookiesNames.push(nameOf(pair));
  }

  addQueryArgument(name: string, value: string): void {
    const pair = makePair(name, value);
    this.#arguments.addOfQuery(pair);
    this.#argumentNames.addOfQuery(nameOf(pair));
    this.argsBytes += name.length + value.length;
  }

  argument(name: string, value: string): void {
    this.#addOfBody(makePair(name, value));
  }

  unfinishedArgument(name: string, value: string): void {
    const pair = makePair(name, value);
    this.#addOfBody(pair);
    this.unfinished ??= new Set();
    this.unfinished.add(pair);
  }

  #addOfBody(pair: Pair): void {
    this.#arguments.addOfBody(pair);
    this.#argumentNames.addOfBody(nameOf(pair));
    this.argsBytes += pair.key.length + pair.value.length;
  }

  file(field: string, fileName: string, sizeBytes: number, content: string | null): void {
    if (content !== null) this.filesContents.push(makePair(field, content));
    this.files.push(makePair(field, fileName));
    this.filesNames.push(makePair(field, field));
    this.filesSizes.push(makePair(field, String(sizeBytes)));
    this.filesBytes += sizeBytes;
  }

  partHeader(part: string, line: string): void {
    this.partHeaders.push(makePair(part, line));
  }

  xmlText(text: string, element: string): void {
    this.xml.push(makePair('/*', text));
    this.xmlNamed.push(makePair(element, text));
  }

  xmlAttribute(value: string, name: string): void {
    this.xml.push(makePair('//@*', value));
    this.xmlNamed.push(makePair(name, value));
  }

  xmlNode(pathKey: string, pathText: string, node: XmlNode): void {
    this.#xmlNodes ??= new Map();
    const pairs = this.#xmlNodes.get(pathKey) ?? [];
    if (pairs.length === 0) this.#xmlNodes.set(pathKey, pairs);
    pairs.push(new NodePair(pathText, node));
  }

  multipartFlag(flag: MultipartFlag): void {
    this.#multipartFlags ??= new Set();
    this.#multipartFlags.add(flag);
  }

  urlencodedError(): void {
    this.badUrlencoding = true;
  }

  error(kind: BodyErrorKind, message: string, byteOffset: number): void {
    this.bodyError ??= { kind, message, byteOffset };
    if (kind === 'arguments') this.argumentsOverLimit = true;
  }
}
