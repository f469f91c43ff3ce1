/** What was done with a request, for its event: the engine knows what rules say, and not what the policy makes of it. */
import { type Outcome, type WafEvent, withOutcome } from '@sluice/engine';
import { type Decision, refusalStatus } from './decide.ts';
import type { Verdict } from './inspector.ts';
import { madeEvent } from './late-event.ts';
import type { EnforcedPolicy } from './policy.ts';

const isWafEvent = (event: unknown): event is WafEvent =>
  typeof event === 'object' && event !== null && 'waf' in event && 'http' in event;

export interface Settlement {
  readonly verdict: Verdict;
  readonly decision: Decision;
  readonly policy: EnforcedPolicy;
  /** HTTP's, of a denial; null is what the policy says. */
  readonly status?: number | null;
}

/** @param event as the inspector gave it; what is no event of the engine's stays as it is */
export function settledEvent(event: unknown, settlement: Settlement): unknown {
  const made = madeEvent(event);
  return isWafEvent(made) ? withOutcome(made, outcomeOf(settlement)) : made;
}

export function outcomeOf({ verdict, decision, policy, status = null }: Settlement): Outcome {
  const isDenied = decision.action === 'deny';
  const refusal = refusalStatus(verdict, policy);
  const wouldBlock = isDenied || (refusal !== 0 && decision.mode !== 'Off');
  return {
    action: verdict.kind,
    cause: verdict.kind === 'uninspectable' ? verdict.cause : null,
    isDenied,
    wouldBlock,
    status: wouldBlock ? (status ?? refusal) : null,
  };
}
