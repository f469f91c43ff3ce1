/** The body of a response on its way out: kept up to the limit where its media type is one that is inspected. */
import type { BodyProcessor, ResponseProcessor } from '../body/processor.ts';
import { createBodyProcessor } from '../body/select.ts';
import type { EngineSettings } from '../rule-set/program.ts';
import type { ResponseData } from '../variables/response-data.ts';

export interface ResponseBodyOptions {
  /** Bytes that are inspected. */
  readonly bytesMax: number;
  /** ctl:forceResponseBodyVariable: whatever the media type. */
  readonly force: boolean;
  /** What takes the body apart besides, or null. */
  readonly processor: ResponseProcessor | null;
}

export class ResponseBody {
  readonly #response: ResponseData;
  readonly #limit: number;
  readonly #inspected: boolean;
  readonly #kept: Buffer[] = [];
  readonly #processor: BodyProcessor | null;
  #keptBytes = 0;

  constructor(response: ResponseData, settings: EngineSettings, options: ResponseBodyOptions) {
    this.#response = response;
    this.#limit = options.bytesMax;
    // Compared without parameters: `text/html; charset=utf-8` is text/html.
    const mediaType = (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    this.#inspected = options.force || settings.responseMimeTypes.includes(mediaType);
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
    this.#kept.push(Buffer.from(part));
    this.#processor?.push(part);
  }

  end(): void {
    if (!this.#inspected) return;
    // Of a body that was cut it is not asked whether it ends well.
    if (!this.#response.outboundDataError) this.#processor?.end();
    this.#response.bodyText = Buffer.concat(this.#kept).toString('latin1');
  }
}
