/** Exchanges over the engine of one thread: inline on the main thread, or in a worker of the pool. */
import {
  buildEvent,
  type Engine,
  type HttpResponseAttributes,
  isEventful,
  type Transaction,
  type TransactionResult,
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
import type { LinkedPolicy } from './rule-sets.ts';

/** Answers at once: see ExchangeInspection for what the steps mean. */
export class EngineExchange implements ExchangeInspection {
  readonly #opening: ExchangeOpening;
  readonly #transaction: Transaction;

  constructor(engine: Engine, { ruleSet, windowed }: LinkedPolicy, opening: ExchangeOpening) {
    this.#opening = opening;
    this.#transaction = engine.transaction(ruleSet, opening.attributes, { windowed });
  }

  requestHeaders(): HeadersJudgement {
    const verdict = toVerdict(this.#transaction.requestHeaders());
    const { bodyRelease: release, bodyBytesMax } = this.#transaction;
    return { verdict, release, bodyBytesMax };
  }

  requestChunk(chunk: Uint8Array): ChunkTaken {
    return { unjudged: this.#transaction.requestBody(chunk) };
  }

  /** Bytes of the request's body that are held, at most. */
  get bodyBytesKept(): number {
    return this.#transaction.bodyBytesKept;
  }

  judgeSoFar(): Verdict {
    return toVerdict(this.#transaction.judgeSoFar());
  }

  requestEnd(truncated: boolean): Verdict {
    return toVerdict(this.#transaction.requestEnd(truncated));
  }

  responseHeaders(attributes: HttpResponseAttributes): ResponseJudgement {
    const verdict = toVerdict(this.#transaction.responseHeaders(attributes));
    const { inspectsResponseBody: inspectsBody, responseBodyBytesMax: bodyBytesMax } = this.#transaction;
    return { verdict, inspectsBody, bodyBytesMax };
  }

  responseChunk(chunk: Uint8Array): void {
    this.#transaction.responseBody(chunk);
  }

  responseEnd(): Verdict {
    return toVerdict(this.#transaction.responseEnd());
  }

  /** @param coverage null where what was seen is all that there was */
  finish(coverage: Coverage | null): Inspection {
    return toInspection(this.#transaction.finish(), this.#opening.probe, coverage);
  }

  abandon(): void {
    // Nothing is held but memory of this thread.
  }
}

/** A request that is there whole. */
export function inspectWhole(
  engine: Engine,
  { ruleSet }: LinkedPolicy,
  request: InspectionRequest,
): Inspection {
  const transaction = engine.transaction(ruleSet, request.attributes);
  transaction.requestHeaders();
  transaction.requestBody(request.body);
  transaction.requestEnd(!request.bodyComplete);
  return toInspection(transaction.finish(), request.probe);
}

/** In the event's `labels` of ECS. */
const PROBE_LABELS = { sluice_probe: 'true' };

/** The event of a request that calls itself a probe says so. */
export const labelled = (event: object, probe: boolean): object =>
  probe ? { ...event, labels: PROBE_LABELS } : event;

/** Where the CRS keeps the sum that it decides by. */
const SCORE = 'blocking_inbound_anomaly_score';

function scoreOf({ state }: TransactionResult): number | null {
  const value = state.tx.get(SCORE);
  return value === undefined ? null : Number.parseInt(value, 10) || 0;
}

function toInspection(
  result: TransactionResult,
  probe: boolean,
  coverage: Coverage | null = null,
): Inspection {
  const event = isEventful(result) ? buildEvent(result, coverage === null ? {} : { coverage }) : null;
  return {
    verdict: toVerdict(result.verdict),
    mode: result.mode,
    wouldBlock: result.verdict.kind !== 'allow',
    rules: result.told.filter(({ rule }) => rule.data.log).map(({ rule }) => rule.data.id),
    score: scoreOf(result),
    event: event === null ? null : labelled(event, probe),
    durationMicros: result.state.elapsedMicros(),
  };
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
