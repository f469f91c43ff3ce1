/** An exchange whose like has killed workers: denied, whatever its policy says of causes, before a worker sees it. */
import { buildRefusalEvent } from '@sluice/engine';
import { labelled } from '../engine-exchange.ts';
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

export class CondemnedExchange implements ExchangeInspection {
  readonly #opening: ExchangeOpening;
  readonly #policy: string;
  readonly #mode: Mode;
  readonly #startedAtMillis = Date.now();

  /**
   * @param policy its name
   * @param mode of the policy
   */
  constructor(opening: ExchangeOpening, policy: string, mode: Mode) {
    this.#opening = opening;
    this.#policy = policy;
    this.#mode = mode;
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
    const { attributes, probe } = this.#opening;
    const isDenied = this.#mode === 'Block';
    const event = buildRefusalEvent({
      attributes,
      policy: this.#policy,
      mode: this.#mode,
      cause: 'inspector_failed',
      detail: 'requests like this one have ended workers',
      isDenied,
      status: isDenied ? STATUS : null,
      startedAtMillis: this.#startedAtMillis,
      durationMicros: 0,
      ...(coverage === null ? {} : { coverage }),
    });
    return {
      verdict: DENY,
      mode: this.#mode,
      wouldBlock: true,
      rules: [],
      score: null,
      event: labelled(event, probe),
      durationMicros: 0,
    };
  }

  abandon(): void {
    // Nothing is held.
  }
}
