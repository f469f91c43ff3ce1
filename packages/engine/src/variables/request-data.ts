/**
 * What is known of a request: the collections that rules read, filled as the message arrives. It is the sink of the body
 * processors. Order and duplicates stay as they were sent.
 */
import type { HttpRequestAttributes } from '../attributes/http-attributes.ts';
import { parseRequestTarget, type RequestTarget } from '../attributes/uri.ts';
import type { BodyErrorKind, BodySink, MultipartFlag, XmlArgumentsMode } from '../body/processor.ts';
import type { XmlNode } from '../body/xml-selection.ts';
import { asciiLower } from '../bytes.ts';
import { makePair, NO_PAIRS, type Pair } from './pair.ts';

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

export class RequestData implements BodySink {
  readonly attributes: HttpRequestAttributes;
  readonly headers: readonly Pair[];
  readonly args: Pair[] = [];
  readonly argsGet: Pair[] = [];
  readonly argsPost: Pair[] = [];
  readonly argsNames: Pair[] = [];
  readonly argsGetNames: Pair[] = [];
  readonly argsPostNames: Pair[] = [];
  readonly cookies: Pair[] = [];
  readonly cookiesNames: Pair[] = [];
  readonly files: Pair[] = [];
  readonly filesNames: Pair[] = [];
  readonly filesSizes: Pair[] = [];
  /** Where a rule reads FILES_TMP_CONTENT; else empty. */
  readonly filesContents: Pair[] = [];
  readonly partHeaders: Pair[] = [];
  readonly xml: Pair[] = [];
  /** By the key of the path that leads there. */
  readonly xmlNodes = new Map<string, Pair[]>();
  readonly multipartFlags = new Set<MultipartFlag>();
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

  #headerIndex: ReadonlyMap<string, readonly Pair[]> | null = null;

  constructor(attributes: HttpRequestAttributes) {
    this.attributes = attributes;
    this.target = parseRequestTarget(attributes.uri, attributes.method);
    this.headers = attributes.headers.map(([name, value]) => makePair(name, value));
  }

  /** First value of a header, or undefined. */
  header(lowerName: string): string | undefined {
    return this.headersNamed(lowerName)[0]?.value;
  }

  /** All values of a header, in wire order. */
  headerValues(lowerName: string): readonly string[] {
    return this.headersNamed(lowerName).map(({ value }) => value);
  }

  /** All headers of a name, in wire order. */
  headersNamed(lowerName: string): readonly Pair[] {
    this.#headerIndex ??= indexed(this.headers);
    return this.#headerIndex.get(lowerName) ?? NO_PAIRS;
  }

  addCookie(name: string, value: string): void {
    this.cookies.push(makePair(name, value));
    this.cookiesNames.push(makePair(name, name));
  }

  addQueryArgument(name: string, value: string): void {
    this.#addArgument(name, value, this.argsGet, this.argsGetNames);
  }

  argument(name: string, value: string): void {
    this.#addArgument(name, value, this.argsPost, this.argsPostNames);
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

  xmlText(text: string): void {
    this.xml.push(makePair('/*', text));
  }

  xmlAttribute(value: string): void {
    this.xml.push(makePair('//@*', value));
  }

  xmlNode(pathKey: string, pathText: string, node: XmlNode): void {
    const pairs = this.xmlNodes.get(pathKey) ?? [];
    if (pairs.length === 0) this.xmlNodes.set(pathKey, pairs);
    pairs.push({
      key: pathText,
      lowerKey: asciiLower(pathText),
      get value() {
        return node.text;
      },
    });
  }

  multipartFlag(flag: MultipartFlag): void {
    this.multipartFlags.add(flag);
  }

  urlencodedError(): void {
    this.badUrlencoding = true;
  }

  error(kind: BodyErrorKind, message: string, byteOffset: number): void {
    this.bodyError ??= { kind, message, byteOffset };
    if (kind === 'arguments') this.argumentsOverLimit = true;
  }

  #addArgument(name: string, value: string, list: Pair[], names: Pair[]): void {
    const pair = makePair(name, value);
    const namePair: Pair = { key: name, lowerKey: pair.lowerKey, value: name };
    list.push(pair);
    this.args.push(pair);
    names.push(namePair);
    this.argsNames.push(namePair);
    this.argsBytes += name.length + value.length;
  }
}
