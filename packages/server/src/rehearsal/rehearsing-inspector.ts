/** An inspector whose requests are copied for somebody else, too: a candidate, say. It answers as the one behind it, and as soon. */
import type { HttpResponseAttributes } from '@sluice/engine';
import type {
  Answer,
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeInspector,
  ExchangeOpening,
  HeadersJudgement,
  ResponseJudgement,
} from '../exchange-inspector.ts';
import type { Inspection, InspectionRequest, Inspector, Verdict } from '../inspector.ts';
import type { RequestCopy } from './request-copy.ts';

/** Who has copies made of requests. */
export interface CopySource {
  /** A copy that begins, or null where none is made of this request. @param bodyBytes as far as they are known */
  copyOf(
    bodyBytes: number,
    request: Pick<ExchangeOpening, 'attributes' | 'policy' | 'probe'>,
  ): RequestCopy | null;
}

export class RehearsingInspector implements Inspector, ExchangeInspector {
  readonly #inner: Inspector & ExchangeInspector;
  /** Null where nobody wants copies. */
  rehearsal: CopySource | null = null;

  constructor(inner: Inspector & ExchangeInspector) {
    this.#inner = inner;
  }

  inspect(request: InspectionRequest): Inspection | Promise<Inspection> {
    const { rehearsal } = this;
    const copy = rehearsal?.copyOf(request.body.byteLength, request) ?? null;
    if (copy === null) return this.#inner.inspect(request);
    // The body belongs to the message, which is gone when the answer is there.
    copy.take(request.body);
    copy.end(!request.bodyComplete);
    return copy.following(() => this.#inner.inspect(request), request);
  }

  open(opening: ExchangeOpening): ExchangeInspection {
    const { rehearsal } = this;
    const inner = this.#inner.open(opening);
    const copy = rehearsal?.copyOf(opening.bodyBytesExpected ?? 0, opening) ?? null;
    return copy === null ? inner : new RehearsedExchange(inner, opening, copy);
  }
}

class RehearsedExchange implements ExchangeInspection {
  readonly #inner: ExchangeInspection;
  readonly #opening: ExchangeOpening;
  readonly #copy: RequestCopy;

  constructor(inner: ExchangeInspection, opening: ExchangeOpening, copy: RequestCopy) {
    this.#inner = inner;
    this.#opening = opening;
    this.#copy = copy;
  }

  requestHeaders(): Answer<HeadersJudgement> {
    return this.#inner.requestHeaders();
  }

  requestChunk(chunk: Uint8Array): Answer<ChunkTaken> {
    this.#copy.take(chunk);
    return this.#inner.requestChunk(chunk);
  }

  judgeSoFar(): Answer<Verdict> {
    return this.#inner.judgeSoFar();
  }

  requestEnd(truncated: boolean): Answer<Verdict> {
    this.#copy.end(truncated);
    return this.#inner.requestEnd(truncated);
  }

  responseHeaders(attributes: HttpResponseAttributes): Answer<ResponseJudgement> {
    return this.#inner.responseHeaders(attributes);
  }

  responseChunk(chunk: Uint8Array): Answer<void> {
    return this.#inner.responseChunk(chunk);
  }

  responseEnd(): Answer<Verdict> {
    return this.#inner.responseEnd();
  }

  finish(coverage: Coverage): Answer<Inspection> {
    return this.#copy.following(() => this.#inner.finish(coverage), this.#opening);
  }

  abandon(): void {
    this.#copy.drop('cut');
    this.#inner.abandon();
  }
}
