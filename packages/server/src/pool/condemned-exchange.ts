/** An exchange whose like has killed workers: denied, whatever its policy says of causes, before a worker sees it. */
import type {
  ChunkTaken,
  ExchangeInspection,
  HeadersJudgement,
  ResponseJudgement,
} from '../exchange-inspector.ts';
import type { Inspection, Verdict } from '../inspector.ts';

const DENY: Verdict = { kind: 'deny', status: 403, ruleId: null };

export class CondemnedExchange implements ExchangeInspection {
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

  finish(): Inspection {
    return { verdict: DENY, mode: 'Block', wouldBlock: true, rules: [], event: null, durationMicros: 0 };
  }

  abandon(): void {
    // Nothing is held.
  }
}
