/**
 * What the server asks of whoever inspects an exchange while it flows: a request in parts, then its response in parts.
 * Beside `Inspector`, which is given a request whole. Implemented inline (the engine on this thread) and by the pool (a
 * worker, chunks in slabs); the service that speaks with Envoy cannot tell them apart.
 */
import type { EventEnds, HttpRequestAttributes, HttpResponseAttributes } from '@sluice/engine';
import type { Inspection, Scheme, Verdict } from './inspector.ts';

/** Now, or later: what is there already costs no turn of the event loop. */
export type Answer<T> = T | Promise<T>;

export interface ExchangeOpening {
  readonly attributes: HttpRequestAttributes;
  /** Name of a policy of the configuration. */
  readonly policy: string;
  /** The request calls itself a probe: for the event alone. */
  readonly probe: boolean;
  /** Between client and Envoy, where it is known: for the event alone. */
  readonly scheme?: Scheme;
  /** Who stands at both ends, where that is known: for the event alone. */
  readonly ends?: EventEnds;
  /** Bytes of body that are announced; 0 where there is no body, null where their number is not known. */
  readonly bodyBytesExpected: number | null;
}

/**
 * How a request's body may be let go. `none`: policy inspects no bodies. `whole`: only with the last byte, as forms,
 * JSON and XML. `parts`: what was judged may go on before the rest is here (files of multipart, octet streams).
 */
export type BodyRelease = 'none' | 'whole' | 'parts';

export interface HeadersJudgement {
  readonly verdict: Verdict;
  readonly release: BodyRelease;
  /** Bytes of body that are inspected at most; more is `uninspectable` with `body_size`. */
  readonly bodyBytesMax: number;
}

export interface ChunkTaken {
  /**
   * True where something that rules look at has come since the last judgement; false where all of it is content that no
   * rule reads, as of files.
   */
  readonly unjudged: boolean;
}

export interface ResponseJudgement {
  readonly verdict: Verdict;
  /** Whether phase 4 looks at the body: by policy, media type and kind (never of a stream without end). */
  readonly inspectsBody: boolean;
  readonly bodyBytesMax: number;
}

/** What went by, for the event and the metrics. */
export interface Coverage {
  readonly requestBytesSeen: number;
  readonly requestBytesPassed: number;
  readonly responseBytesSeen: number;
  readonly responseBytesPassed: number;
  /** What was not inspected, and why: `request_body: upgrade`, `response_body: event stream`, … from a closed set. */
  readonly skipped: readonly string[];
}

/**
 * One exchange. Calls come in this order, one at a time: each after the answer of the one before.
 *
 *     requestHeaders → (requestChunk | judgeSoFar)* → requestEnd → responseHeaders → responseChunk* → responseEnd → finish
 *
 * Each step may be the last before `finish`. Throwing and rejecting are taken as `uninspectable` with cause
 * `inspector_failed`, or the cause that a ServerError names; after that only `abandon` is called.
 */
export interface ExchangeInspection {
  /** Phase 1. */
  requestHeaders(): Answer<HeadersJudgement>;
  /** Takes the next bytes; `chunk` is copied or used before this returns, its answer is the back-pressure. */
  requestChunk(chunk: Uint8Array): Answer<ChunkTaken>;
  /** Phases 1 and 2 over what is there, as if the body had ended here, without consequence for what follows. */
  judgeSoFar(): Answer<Verdict>;
  /** Phase 2. */
  requestEnd(truncated: boolean): Answer<Verdict>;
  /** Phase 3. */
  responseHeaders(attributes: HttpResponseAttributes): Answer<ResponseJudgement>;
  responseChunk(chunk: Uint8Array): Answer<void>;
  /** Phase 4. */
  responseEnd(): Answer<Verdict>;
  /** Phase 5, and the event. */
  finish(coverage: Coverage): Answer<Inspection>;
  /** The exchange ends here and makes no event. Frees what it holds; may be called at any time, more than once. */
  abandon(): void;
}

/** Throws, or answers, as `ExchangeInspection` does. */
export interface ExchangeInspector {
  /** @throws ServerError POOL_FULL where there is no room: that is `unavailable`, not `uninspectable` */
  open(opening: ExchangeOpening): ExchangeInspection;
}
