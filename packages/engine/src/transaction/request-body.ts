/** The body of a request on its way in: inflated, counted, taken apart, and kept only where rules need it. */
import { foreignCharset, foreignMark } from '../body/charset.ts';
import { type ContentCoding, contentCodingOf, inflate } from '../body/content-coding.ts';
import type { BodyProcessor, BodyProcessorName } from '../body/processor.ts';
import { createBodyProcessor } from '../body/select.ts';
import type { XmlPath } from '../body/xml-path.ts';
import { fromBytes } from '../bytes.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { RequestData } from '../variables/request-data.ts';

const PROCESSORS: readonly BodyProcessorName[] = ['URLENCODED', 'MULTIPART', 'JSON', 'XML'];

/** As many bytes as the longest byte order mark has. */
const MARK_BYTES = 4;

export interface RequestBodyOptions {
  /** Bytes that are inspected. */
  readonly bytesMax: number;
  /** Whether FULL_REQUEST is read. */
  readonly keepsWhole: boolean;
  /** Whether FILES_TMP_CONTENT is read. */
  readonly keepsFiles: boolean;
  /** Followed in XML. */
  readonly xmlPaths: readonly XmlPath[];
}

export class RequestBody {
  readonly #request: RequestData;
  readonly #settings: EngineSettings;
  readonly #contentType: string;
  readonly #coding: ContentCoding;
  readonly #processor: BodyProcessor | null;
  readonly #name: BodyProcessorName | undefined;
  /** Whether a rule needs the bytes. */
  readonly #keeps: boolean;
  #kept = '';
  /** FULL_REQUEST is read: the bytes are kept whatever takes them apart. */
  readonly #keepsWhole: boolean;
  readonly #bytesMax: number;
  /** Whether REQUEST_BODY is set: not for JSON, XML and multipart, which are in ARGS, XML and FILES instead. */
  readonly #hasBodyVariable: boolean;
  /** What came of a compressed body, which is inflated when it is complete. */
  readonly #compressed: Buffer[] = [];
  /** The first bytes, for a byte order mark. */
  readonly #mark: number[] = [];
  #overLimit = false;
  /** Bytes inspected so far. */
  #taken = 0;

  constructor(request: RequestData, settings: EngineSettings, options: RequestBodyOptions) {
    this.#request = request;
    this.#settings = settings;
    this.#bytesMax = options.bytesMax;
    this.#keepsWhole = options.keepsWhole;
    this.#contentType = request.header('content-type') ?? '';
    this.#coding = contentCodingOf(request.headerValues('content-encoding'));
    const name = PROCESSORS.find((known) => known === request.processor);
    // The limit holds for query and body together.
    const argumentsMax = Math.max(0, settings.limits.argumentsMax - request.args.length);
    const processing = {
      contentType: this.#contentType,
      argumentSeparator: settings.argumentSeparator,
      xmlPaths: options.xmlPaths,
      xmlArguments: request.xmlArguments ?? settings.xmlArguments,
      keepsFiles: options.keepsFiles,
      limits:
        argumentsMax === settings.limits.argumentsMax
          ? settings.limits
          : { ...settings.limits, argumentsMax },
    };
    this.#name = name;
    this.#processor = name === undefined ? null : createBodyProcessor(name, request, processing);
    this.#hasBodyVariable = name === undefined || name === 'URLENCODED' || request.forceBodyVariable;
    this.#keeps = this.#hasBodyVariable || this.#keepsWhole;
  }

  /** Whether bytes beyond SecRequestBodyLimit came. */
  get overLimit(): boolean {
    return this.#overLimit;
  }

  push(chunk: Uint8Array): void {
    const room = this.#bytesMax - this.#request.bodyBytes;
    this.#request.bodyBytes += chunk.length;
    if (chunk.length > room) {
      this.#overLimit = true;
      this.#request.inboundDataError = true;
    }
    const part = chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk;
    if (this.#coding === 'identity') this.#take(part);
    else if (part.length > 0) this.#compressed.push(Buffer.from(part));
  }

  /**
   * Data outside of files is held in memory, so it has a bound of its own; multipart bodies watch theirs by part. What
   * stands before the bound is inspected, wherever the chunks begin and end.
   */
  #take(chunk: Uint8Array): void {
    const max =
      this.#name === 'MULTIPART'
        ? Number.POSITIVE_INFINITY
        : this.#settings.limits.requestBodyNoFilesBytesMax;
    const room = max - this.#taken;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    for (let at = 0; at < part.length && this.#mark.length < MARK_BYTES; at++) this.#mark.push(part[at] ?? 0);
    this.#taken += part.length;
    if (part.length > 0) {
      if (this.#keeps) this.#kept += fromBytes(part);
      this.#processor?.push(part);
    }
    if (part.length < chunk.length) this.#request.error('size', `more than ${max} bytes`, max);
  }

  /** The body is complete. With `truncated`, the processor is not asked whether it ended well: it cannot have. */
  end(truncated: boolean): void {
    if (this.#request.bodyBytes === 0) return;
    const partial = truncated || this.#overLimit;
    if (this.#coding !== 'identity') this.#inflate(this.#coding, partial);
    // Nothing, compressed, is no body either.
    if (this.#request.bodyBytes === 0 && this.#request.bodyError === null) return;
    if (!partial && this.#request.bodyError === null) this.#processor?.end();
    this.#checkCharset();
    if (this.#hasBodyVariable) this.#request.bodyText = this.#kept;
    if (this.#keepsWhole) this.#request.wholeBody = this.#kept;
  }

  #inflate(coding: Exclude<ContentCoding, 'identity'>, partial: boolean): void {
    const limits = {
      bytesMax: this.#bytesMax,
      isForm: this.#name === undefined || this.#name === 'URLENCODED',
      inflationRatioMax: this.#settings.limits.inflationRatioMax,
    };
    const outcome = inflate(coding, Buffer.concat(this.#compressed), limits, partial);
    if (outcome.ok) {
      this.#take(outcome.bytes);
      // The rules are told of the body that they see, as behind a filter of httpd that inflates.
      this.#request.bodyBytes = outcome.bytes.length;
    } else {
      this.#request.error(outcome.kind, outcome.message, 0);
    }
  }

  /** XML says itself in what it is encoded, and files are not read as text. */
  #checkCharset(): void {
    if (this.#name === 'XML' || this.#name === 'MULTIPART') return;
    const foreign = foreignCharset(this.#contentType) ?? foreignMark(this.#mark);
    // What a processor found wrong already counts first; the bytes were inspected as they are.
    if (foreign !== null) this.#request.error('encoding', `a body in ${foreign}`, 0);
  }
}
