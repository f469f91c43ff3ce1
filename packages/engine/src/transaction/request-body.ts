/** The body of a request on its way in: counted, taken apart, and kept only where REQUEST_BODY needs it. */
import type { BodyProcessor, BodyProcessorName } from '../body/processor.ts';
import { createBodyProcessor } from '../body/select.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { RequestData } from '../variables/request-data.ts';

const PROCESSORS: readonly BodyProcessorName[] = ['URLENCODED', 'MULTIPART', 'JSON', 'XML'];

export interface RequestBodyOptions {
  /** Bytes that are inspected. */
  readonly bytesMax: number;
  /** Whether FULL_REQUEST is read. */
  readonly keepsWhole: boolean;
}

export class RequestBody {
  readonly #request: RequestData;
  readonly #settings: EngineSettings;
  readonly #processor: BodyProcessor | null;
  /** Null where no rule needs the bytes. */
  readonly #kept: Buffer[] | null;
  /** FULL_REQUEST is read: the bytes are kept whatever takes them apart. */
  readonly #keepsWhole: boolean;
  readonly #bytesMax: number;
  /** Whether REQUEST_BODY is set: not for JSON, XML and multipart, which are in ARGS, XML and FILES instead. */
  readonly #hasBodyVariable: boolean;
  readonly #isMultipart: boolean;
  #overLimit = false;
  /** Bytes inspected so far. */
  #taken = 0;

  constructor(request: RequestData, settings: EngineSettings, options: RequestBodyOptions) {
    this.#request = request;
    this.#settings = settings;
    this.#bytesMax = options.bytesMax;
    this.#keepsWhole = options.keepsWhole;
    const name = PROCESSORS.find((known) => known === request.processor);
    const contentType = request.header('content-type') ?? '';
    // The limit holds for query and body together.
    const argumentsMax = Math.max(0, settings.limits.argumentsMax - request.args.length);
    const { argumentSeparator } = settings;
    const processing = { contentType, argumentSeparator, limits: { ...settings.limits, argumentsMax } };
    this.#processor = name === undefined ? null : createBodyProcessor(name, request, processing);
    this.#isMultipart = name === 'MULTIPART';
    this.#hasBodyVariable = name === undefined || name === 'URLENCODED' || request.forceBodyVariable;
    this.#kept = this.#hasBodyVariable || this.#keepsWhole ? [] : null;
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
    this.#take(chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk);
  }

  /**
   * Data outside of files is held in memory, so it has a bound of its own; multipart bodies watch theirs by part. What
   * stands before the bound is inspected, wherever the chunks begin and end.
   */
  #take(chunk: Uint8Array): void {
    const max = this.#isMultipart
      ? Number.POSITIVE_INFINITY
      : this.#settings.limits.requestBodyNoFilesBytesMax;
    const room = max - this.#taken;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#taken += part.length;
    if (part.length > 0) {
      this.#kept?.push(Buffer.from(part));
      this.#processor?.push(part);
    }
    if (part.length < chunk.length) this.#request.error('size', `more than ${max} bytes`, max);
  }

  /** The body is complete. With `truncated`, the processor is not asked whether it ended well: it cannot have. */
  end(truncated: boolean): void {
    if (this.#request.bodyBytes === 0) return;
    if (!truncated && !this.#overLimit && this.#request.bodyError === null) this.#processor?.end();
    if (this.#kept === null) return;
    const text = Buffer.concat(this.#kept).toString('latin1');
    if (this.#hasBodyVariable) this.#request.bodyText = text;
    if (this.#keepsWhole) this.#request.wholeBody = text;
  }
}
