/**
 * An exchange that begins on this thread, since it looks small, and moves to a worker once it is not: its steps so far are
 * taken again there, from the little that it has had. Phases without consequence outside of the exchange run twice then.
 */
import type { HttpResponseAttributes } from '@sluice/engine';
import { ServerError } from '../errors.ts';
import type {
  Answer,
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  HeadersJudgement,
  ResponseJudgement,
} from '../exchange-inspector.ts';
import type { Inspection, Verdict } from '../inspector.ts';
import type { GenerationUser } from './generations.ts';
import { type InlineLimits, type Size, separatorsOf } from './small.ts';

export interface PlacedExchangeOptions {
  readonly inline: ExchangeInspection;
  /** Of the request's head. */
  readonly head: Size;
  /** Null: it never moves. */
  readonly limits: InlineLimits | null;
  /** Opens the same exchange in a worker. @throws ServerError POOL_FULL */
  readonly openPooled: () => ExchangeInspection;
  /** It does not use this thread's rule set any more. */
  readonly onOver: (exchange: PlacedExchange) => void;
}

/** What has come of one direction. */
class Journal {
  readonly #chunks: Uint8Array[] = [];
  #bytes: number;
  #values: number;

  constructor({ bytes, values }: Size) {
    this.#bytes = bytes;
    this.#values = values;
  }

  /** Whether it is still small with these. What is, is kept. */
  takes(chunk: Uint8Array, limits: InlineLimits | null): boolean {
    if (limits === null) return true;
    const { inlineBytesMax, inlineValuesMax } = limits;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > inlineBytesMax) return false;
    this.#values += separatorsOf(chunk);
    if (this.#values > inlineValuesMax) return false;
    // `slice` of a Buffer would be a view.
    this.#chunks.push(new Uint8Array(chunk));
    return true;
  }

  /** A copy of all that was kept, and of `chunk`. */
  with(chunk: Uint8Array): Uint8Array {
    return Buffer.concat([...this.#chunks, chunk]);
  }
}

const NO_BYTES = new Uint8Array(0);
const NOTHING: Size = { bytes: 0, values: 0 };

export class PlacedExchange implements ExchangeInspection, GenerationUser {
  readonly #options: PlacedExchangeOptions;
  readonly #request: Journal;
  readonly #response = new Journal(NOTHING);
  #inner: ExchangeInspection;
  #isInline = true;
  #ended: { readonly truncated: boolean } | null = null;
  #responseAttributes: HttpResponseAttributes | null = null;
  #retired = false;

  constructor(options: PlacedExchangeOptions) {
    this.#options = options;
    this.#inner = options.inline;
    this.#request = new Journal(options.head);
  }

  requestHeaders(): Answer<HeadersJudgement> {
    return this.#here().requestHeaders();
  }

  requestChunk(chunk: Uint8Array): Answer<ChunkTaken> {
    const inner = this.#here();
    if (!this.#isInline || this.#request.takes(chunk, this.#options.limits)) return inner.requestChunk(chunk);
    return this.#move(this.#request.with(chunk));
  }

  judgeSoFar(): Answer<Verdict> {
    return this.#here().judgeSoFar();
  }

  requestEnd(truncated: boolean): Answer<Verdict> {
    this.#ended = { truncated };
    return this.#here().requestEnd(truncated);
  }

  responseHeaders(attributes: HttpResponseAttributes): Answer<ResponseJudgement> {
    this.#responseAttributes = attributes;
    return this.#here().responseHeaders(attributes);
  }

  responseChunk(chunk: Uint8Array): Answer<void> {
    const inner = this.#here();
    if (!this.#isInline || this.#response.takes(chunk, this.#options.limits))
      return inner.responseChunk(chunk);
    return this.#moveResponse(this.#response.with(chunk));
  }

  responseEnd(): Answer<Verdict> {
    return this.#here().responseEnd();
  }

  finish(coverage: Coverage): Answer<Inspection> {
    const inner = this.#here();
    if (this.#isInline) this.#options.onOver(this);
    return inner.finish(coverage);
  }

  abandon(): void {
    if (this.#isInline) this.#options.onOver(this);
    this.#inner.abandon();
  }

  retire(): void {
    this.#retired = true;
  }

  /** @throws ServerError RULE_SET_RETIRED */
  #here(): ExchangeInspection {
    if (this.#retired && this.#isInline) throw new ServerError('RULE_SET_RETIRED');
    return this.#inner;
  }

  /** @param body a copy of the request's bytes so far */
  async #move(body: Uint8Array): Promise<ChunkTaken> {
    const pooled = this.#leave();
    await pooled.requestHeaders();
    await pooled.requestChunk(body);
    // What is judged again was judged here; that it has come since is the cautious answer.
    return { unjudged: true };
  }

  /** @param body a copy of the response's bytes so far */
  async #moveResponse(body: Uint8Array): Promise<void> {
    const pooled = this.#leave();
    await pooled.requestHeaders();
    await pooled.requestChunk(this.#request.with(NO_BYTES));
    if (this.#ended !== null) await pooled.requestEnd(this.#ended.truncated);
    if (this.#responseAttributes !== null) await pooled.responseHeaders(this.#responseAttributes);
    await pooled.responseChunk(body);
  }

  /** @throws ServerError POOL_FULL */
  #leave(): ExchangeInspection {
    const pooled = this.#options.openPooled();
    this.#inner.abandon();
    this.#options.onOver(this);
    this.#inner = pooled;
    this.#isInline = false;
    return pooled;
  }
}
