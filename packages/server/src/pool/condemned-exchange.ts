/** An exchange whose like has killed workers: denied, whatever its policy says of causes, before a worker sees it. */
import { buildRefusalEvent, type EventContext } from '@sluice/engine';
import type {
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeOpening,
  HeadersJudgement,
  ResponseJudgement,
} from '../exchange-inspector.ts';
import type { Inspection, Mode, Verdict } from '../inspector.ts';

const STATUS = 403;
const DENY: Verdict = { kind: 'deny', status: STATUS, ruleId: null };

/** By which it is condemned. */
export interface CondemningRules {
  /** The policy's name. */
  readonly policy: string;
  readonly mode: Mode;
  readonly context: EventContext;
}

export class CondemnedExchange implements ExchangeInspection {
  readonly #opening: ExchangeOpening;
  readonly #rules: CondemningRules;
  readonly #startedAtMillis = Date.now();

  constructor(opening: ExchangeOpening, rules: CondemningRules) {
    this.#opening = opening;
    this.#rules = rules;
  }

  requestHeaders(): HeadersJudgement {
    return { verdict: DENY, release: 'whole', bodyBytesMax: 0 };
  }

  requestChunk(): ChunkTaken {
    return { unjudged: false };
  }

  judgeSoFar(): Verdict {
    return DENY;
  }

  requestEnd(): Verdict {
    return DENY;
  }

  responseHeaders(): ResponseJudgement {
    return { verdict: DENY, inspectsBody: false, bodyBytesMax: 0 };
  }

  responseChunk(): void {
    // Nothing of it is looked at.
  }

  responseEnd(): Verdict {
    return DENY;
  }

  finish(coverage: Coverage | null): Inspection {
    const { attributes, probe, scheme, ends } = this.#opening;
    const { policy, mode, context } = this.#rules;
    const isDenied = mode === 'Block';
    const event = buildRefusalEvent({
      ...context,
      ...ends,
      attributes,
      policy,
      mode,
      probe,
      ...(scheme === undefined ? {} : { scheme }),
      cause: 'inspector_failed',
      detail: 'requests like this one have ended workers',
      isDenied,
      status: STATUS,
      startedAtMillis: this.#startedAtMillis,
      durationMicros: 0,
      ...(coverage === null ? {} : { coverage }),
    });
    return { verdict: DENY, mode, wouldBlock: true, rules: [], score: null, event, durationMicros: 0 };
  }

  abandon(): void {
    // Nothing is held.
  }
}
