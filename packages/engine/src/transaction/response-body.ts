/** The body of a response on its way out: kept up to the limit where its media type is one that is inspected. */
import { contentCodingOf, inflate } from '../body/content-coding.ts';
import type { BodyProcessor, ResponseProcessor } from '../body/processor.ts';
import { createBodyProcessor } from '../body/select.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { ResponseData } from '../variables/response-data.ts';
import type { TransactionState } from './state.ts';

/** Bodies without an end: what waits for it waits for ever. */
const ENDLESS = /^(?:text\/event-stream$|multipart\/x-mixed-replace$|application\/grpc(?:$|[-+]))/;

/** Compared without parameters: `text/html; charset=utf-8` is text/html. */
const mediaTypeOf = (response: ResponseData): string =>
  (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Whether phase 4 sees the body, by what is known when phase 3 is over. */
export function inspectsBody(state: TransactionState): boolean {
  const { response, stopped, mode, allowedThrough } = state;
  if (response === null || stopped || mode === 'Off' || allowedThrough >= 4) return false;
  if (!state.responseBodyAccess) return false;
  const mediaType = mediaTypeOf(response);
  if (ENDLESS.test(mediaType)) return false;
  return state.forceResponseBody || state.ruleSet.settings.responseMimeTypes.includes(mediaType);
}

export interface ResponseBodyOptions {
  /** Bytes that are inspected. */
  readonly bytesMax: number;
  readonly isInspected: boolean;
  /** What takes the body apart besides, or null. */
  readonly processor: ResponseProcessor | null;
}

export class ResponseBody {
  readonly #response: ResponseData;
  readonly #settings: EngineSettings;
  readonly #limit: number;
  readonly #inspected: boolean;
  readonly #kept: Buffer[] = [];
  readonly #processor: BodyProcessor | null;
  #keptBytes = 0;

  constructor(response: ResponseData, settings: EngineSettings, options: ResponseBodyOptions) {
    this.#response = response;
    this.#settings = settings;
    this.#limit = options.bytesMax;
    this.#inspected = options.isInspected;
    const limits = {
      ...settings.limits,
      requestBodyNoFilesBytesMax: options.bytesMax,
      bodyDepthMax: settings.limits.responseBodyDepthMax,
    };
    this.#processor =
      options.processor === null
        ? null
        : createBodyProcessor(options.processor, response.findings, { contentType: '', limits });
  }

  push(chunk: Uint8Array): void {
    this.#response.bodyBytes += chunk.length;
    if (!this.#inspected) return;
    const room = this.#limit - this.#keptBytes;
    if (chunk.length > room) this.#response.outboundDataError = true;
    const part = chunk.subarray(0, Math.max(0, room));
    this.#keptBytes += part.length;
    if (part.length > 0) this.#kept.push(Buffer.from(part));
  }

  end(): void {
    if (!this.#inspected) return;
    const body = this.#inflated(Buffer.concat(this.#kept));
    this.#processor?.push(body);
    // Of a body that was cut it is not asked whether it ends well.
    if (!this.#response.outboundDataError) this.#processor?.end();
    this.#response.bodyText = body.toString('latin1');
  }

  /** What a client will read. A body in a coding that is not undone is looked at as it is, and the event says so. */
  #inflated(body: Buffer): Buffer {
    const coding = contentCodingOf(this.#response.headerValues('content-encoding'));
    if (coding === 'identity' || body.length === 0) return body;
    const { inflationRatioMax } = this.#settings.limits;
    const limits = { bytesMax: this.#limit, inflationRatioMax, isForm: false };
    const outcome = inflate(coding, body, limits, this.#response.outboundDataError);
    if (outcome.ok) return Buffer.from(outcome.bytes);
    this.#response.isEncoded = true;
    return body;
  }
}
