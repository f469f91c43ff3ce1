/** The body of a request on its way in: inflated, counted, taken apart, and kept only where rules need it. */
import { foreignCharset, foreignMark } from '../body/charset.ts';
import { type ContentCoding, inflate } from '../body/content-coding.ts';
import type { BodyProcessor } from '../body/processor.ts';
import { createBodyProcessor } from '../body/select.ts';
import type { XmlPath } from '../body/xml-path.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { BodyPlan } from './body-plan.ts';
import { BodyText } from './body-text.ts';

/** As many bytes as the longest byte order mark has. */
const MARK_BYTES = 4;

export interface RequestBodyOptions {
  readonly plan: BodyPlan;
  /** Followed in XML. */
  readonly xmlPaths: readonly XmlPath[];
  /** Called where bytes that nobody has judged are about to leave the window. */
  readonly onWindow: () => void;
}

export class RequestBody {
  readonly #request: RequestData;
  readonly #settings: EngineSettings;
  readonly #contentType: string;
  readonly #plan: BodyPlan;
  readonly #processor: BodyProcessor | null;
  /** Null where no rule needs the bytes. */
  readonly #text: BodyText | null;
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
    const { plan } = options;
    this.#request = request;
    this.#settings = settings;
    this.#plan = plan;
    this.#contentType = request.header('content-type') ?? '';
    // The limit holds for query and body together.
    const argumentsMax = Math.max(0, settings.limits.argumentsMax - request.args.length);
    const processing = {
      contentType: this.#contentType,
      argumentSeparator: settings.argumentSeparator,
      xmlPaths: options.xmlPaths,
      xmlArguments: request.xmlArguments ?? settings.xmlArguments,
      keepsFiles: plan.keepsFiles,
      filesBytesMax: plan.filesBytesMax ?? Number.POSITIVE_INFINITY,
      limits:
        argumentsMax === settings.limits.argumentsMax
          ? settings.limits
          : { ...settings.limits, argumentsMax },
    };
    const name = plan.processor;
    this.#processor = name === undefined ? null : createBodyProcessor(name, request, processing);
    this.#hasBodyVariable = name === undefined || name === 'URLENCODED' || request.forceBodyVariable;
    const { requestBodyNoFilesBytesMax } = settings.limits;
    const window = plan.isWindowed
      ? { firstBytes: requestBodyNoFilesBytesMax, onSlide: options.onWindow }
      : null;
    this.#text = this.#hasBodyVariable || plan.keepsWhole ? new BodyText(window) : null;
  }

  /** Whether bytes beyond the limit came. */
  get overLimit(): boolean {
    return this.#overLimit;
  }

  /** Whether REQUEST_BODY no longer holds the body from its first byte on. */
  get isWindowed(): boolean {
    return this.#text?.hasSlid === true;
  }

  /** Takes the next bytes. Returns whether something came that rules look at. */
  push(chunk: Uint8Array): boolean {
    const room = this.#plan.bytesMax - this.#request.bodyBytes;
    this.#request.bodyBytes += chunk.length;
    const wasOverLimit = this.#overLimit;
    if (chunk.length > room) {
      this.#overLimit = true;
      this.#request.inboundDataError = true;
    }
    const part = chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk;
    if (this.#plan.coding === 'identity') return this.#take(part) || this.#overLimit !== wasOverLimit;
    if (part.length > 0) this.#compressed.push(Buffer.from(part));
    return true;
  }

  /**
   * Data outside of files is held in memory, so it has a bound of its own; multipart bodies watch theirs by part. What
   * stands before the bound is inspected, wherever the chunks begin and end.
   */
  #take(chunk: Uint8Array): boolean {
    const isBounded = this.#plan.processor !== 'MULTIPART' && !this.#plan.isWindowed;
    const max = isBounded ? this.#settings.limits.requestBodyNoFilesBytesMax : Number.POSITIVE_INFINITY;
    const room = max - this.#taken;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    for (let at = 0; at < part.length && this.#mark.length < MARK_BYTES; at++) this.#mark.push(part[at] ?? 0);
    this.#taken += part.length;
    let news = false;
    if (part.length > 0) {
      this.#text?.add(part);
      news = (this.#processor?.push(part) ?? true) || this.#hasBodyVariable;
    }
    if (part.length === chunk.length) return news;
    this.#request.error('size', `more than ${max} bytes`, max);
    return true;
  }

  /**
   * Tells a copy of the request what has come so far, as if the body ended here, and nothing of what only a missing end
   * would be wrong with. Of a compressed body nothing is known before its end.
   */
  tellSoFar(request: RequestData): void {
    if (this.#request.bodyBytes === 0 || this.#plan.coding !== 'identity') return;
    this.#processor?.tellUnfinished(request);
    this.#checkCharset(request);
    if (this.#text === null) return;
    if (this.#hasBodyVariable) request.bodyText = this.#text.unjudged;
    if (this.#plan.keepsWhole) request.wholeBody = this.#text.value;
  }

  /** Says that what has come so far was judged: it may leave the window. */
  judged(): void {
    this.#text?.judged();
  }

  /**
   * The body is complete. With `truncated`, the processor is not asked whether it ended well: it cannot have; of the
   * value that was cut, what came counts.
   */
  end(truncated: boolean): void {
    if (this.#request.bodyBytes === 0) return;
    const partial = truncated || this.#overLimit;
    if (this.#plan.coding !== 'identity') this.#inflate(this.#plan.coding, partial);
    // Nothing, compressed, is no body either.
    if (this.#request.bodyBytes === 0 && this.#request.bodyError === null) return;
    if (!partial && this.#request.bodyError === null) this.#processor?.end();
    if (truncated) this.#processor?.tellUnfinished(this.#request);
    this.#checkCharset(this.#request);
    if (this.#text === null) return;
    if (this.#hasBodyVariable) this.#request.bodyText = this.#text.value;
    if (this.#plan.keepsWhole) this.#request.wholeBody = this.#text.value;
  }

  #inflate(coding: Exclude<ContentCoding, 'identity'>, partial: boolean): void {
    const { processor, bytesMax } = this.#plan;
    const limits = {
      bytesMax,
      isForm: processor === undefined || processor === 'URLENCODED',
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
  #checkCharset(request: RequestData): void {
    if (this.#plan.processor === 'XML' || this.#plan.processor === 'MULTIPART') return;
    const foreign = foreignCharset(this.#contentType) ?? foreignMark(this.#mark);
    // What a processor found wrong already counts first; the bytes were inspected as they are.
    if (foreign !== null) request.error('encoding', `a body in ${foreign}`, 0);
  }
}
