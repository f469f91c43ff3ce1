/** Exchanges over the engine of one thread: inline on the main thread, or in a worker of the pool. */
import {
  buildBriefEvent,
  buildEvent,
  draftEvent,
  type Engine,
  type EventOptions,
  type HttpResponseAttributes,
  isEventful,
  sourceOf,
  type Transaction,
  type TransactionResult,
  verdictOfGone,
} from '@sluice/engine';
import type {
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeOpening,
  HeadersJudgement,
  ResponseJudgement,
} from './exchange-inspector.ts';
import type { Inspection, InspectionRequest, Verdict } from './inspector.ts';
import { LateEvent } from './late-event.ts';
import type { LinkedEvents, LinkedPolicy } from './rule-sets.ts';

/** Answers at once: see ExchangeInspection for what the steps mean. */
export class EngineExchange implements ExchangeInspection {
  readonly #opening: ExchangeOpening;
  readonly #events: LinkedEvents;
  readonly #transaction: Transaction;
  /** Milliseconds that steps took, without the time between them. */
  #spentMillis = 0;

  constructor(engine: Engine, { ruleSet, windowed, events }: LinkedPolicy, opening: ExchangeOpening) {
    this.#opening = opening;
    this.#events = events;
    this.#transaction = engine.transaction(ruleSet, opening.attributes, { windowed });
  }

  requestHeaders(): HeadersJudgement {
    return this.#timed(() => {
      const verdict = toVerdict(this.#transaction.requestHeaders());
      const { bodyRelease: release, bodyBytesMax } = this.#transaction;
      return { verdict, release, bodyBytesMax };
    });
  }

  requestChunk(chunk: Uint8Array): ChunkTaken {
    return this.#timed(() => ({ unjudged: this.#transaction.requestBody(chunk) }));
  }

  /** Bytes of the request's body that are held, at most. */
  get bodyBytesKept(): number {
    return this.#transaction.bodyBytesKept;
  }

  judgeSoFar(): Verdict {
    return this.#timed(() => toVerdict(this.#transaction.judgeSoFar()));
  }

  requestEnd(truncated: boolean): Verdict {
    return this.#timed(() => toVerdict(this.#transaction.requestEnd(truncated)));
  }

  responseHeaders(attributes: HttpResponseAttributes): ResponseJudgement {
    return this.#timed(() => {
      const verdict = toVerdict(this.#transaction.responseHeaders(attributes));
      const { inspectsResponseBody: inspectsBody, responseBodyBytesMax: bodyBytesMax } = this.#transaction;
      return { verdict, inspectsBody, bodyBytesMax };
    });
  }

  responseChunk(chunk: Uint8Array): void {
    this.#timed(() => this.#transaction.responseBody(chunk));
  }

  responseEnd(): Verdict {
    return this.#timed(() => toVerdict(this.#transaction.responseEnd()));
  }

  /** @param coverage null where what was seen is all that there was */
  finish(coverage: Coverage | null): Inspection {
    const result = this.#timed(() => this.#transaction.finish());
    const latencyMicros = Math.round(this.#spentMillis * 1_000);
    return toInspection(result, { events: this.#events, request: this.#opening, coverage, latencyMicros });
  }

  abandon(): void {
    // Nothing is held but memory of this thread.
  }

  /** A step that throws ends the exchange, whose time is not told then. */
  #timed<T>(step: () => T): T {
    const before = performance.now();
    const value = step();
    this.#spentMillis += performance.now() - before;
    return value;
  }
}

/** A request that is there whole. */
export function inspectWhole(
  engine: Engine,
  { ruleSet, events }: LinkedPolicy,
  request: InspectionRequest,
): Inspection {
  const transaction = engine.transaction(ruleSet, request.attributes);
  transaction.requestHeaders();
  transaction.requestBody(request.body);
  transaction.requestEnd(!request.bodyComplete);
  return toInspection(transaction.finish(), { events, request, coverage: null, latencyMicros: null });
}

/** Where the CRS keeps the sum that it decides by. */
const SCORE = 'blocking_inbound_anomaly_score';

function scoreOf({ state }: TransactionResult): number | null {
  const value = state.tx.get(SCORE);
  return value === undefined ? null : Number.parseInt(value, 10) || 0;
}

interface ToldRequest {
  readonly events: LinkedEvents;
  readonly request: Pick<ExchangeOpening, 'probe' | 'scheme' | 'ends'>;
  readonly coverage: Coverage | null;
  /** Null: all the time since the transaction began. */
  readonly latencyMicros: number | null;
}

function toInspection(result: TransactionResult, told: ToldRequest): Inspection {
  const options: EventOptions = told.coverage === null ? {} : { coverage: told.coverage };
  const verdict = verdictOfGone(result.verdict, options);
  return {
    verdict: toVerdict(verdict),
    mode: result.mode,
    wouldBlock: verdict.kind !== 'allow',
    rules: result.told.filter(({ rule }) => rule.data.log).map(({ rule }) => rule.data.id),
    score: scoreOf(result),
    event: eventOf(result, told, options),
    durationMicros: result.durationMicros,
  };
}

/** Null where there is nothing to tell. */
function eventOf(
  result: TransactionResult,
  { events, request, latencyMicros }: ToldRequest,
  coverage: EventOptions,
): LateEvent | null {
  const isSample = !isEventful(result, coverage);
  if (isSample && !events.sampler.take()) return null;
  const { probe, scheme, ends } = request;
  const about = {
    ...coverage,
    ...ends,
    probe,
    ...(scheme === undefined ? {} : { scheme }),
    ...(isSample ? { sample: 'clean' as const } : {}),
    ...(latencyMicros === null ? {} : { latencyMicros }),
  } satisfies EventOptions;
  return new LateEvent({
    source: sourceOf(result) ?? '',
    make: () => buildEvent(result, { ...events.context, ...about }),
    brief: () => buildBriefEvent(result, { ...events.context, ...about }),
    draft: (id) => draftEvent(result, id, events.context, about),
  });
}

function toVerdict(verdict: TransactionResult['verdict']): Verdict {
  switch (verdict.kind) {
    case 'allow':
      return { kind: 'allow' };
    case 'deny':
      return { kind: 'deny', status: verdict.status, ruleId: verdict.ruleId };
    case 'uninspectable':
      return { kind: 'uninspectable', cause: verdict.cause };
  }
}
