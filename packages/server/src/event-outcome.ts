/** What was done with a request, for its event: the engine knows what rules say, and not what the policy makes of it. */
import { briefWithOutcome, makeEventId, type Outcome, type WafEvent, withOutcome } from '@sluice/engine';
import { type Decision, refusalStatus } from './decide.ts';
import type { DraftedEvent } from './event-thread/messages.ts';
import type { Verdict } from './inspector.ts';
import { LateEvent, madeEvent } from './late-event.ts';
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

/** An event that is made when it is wanted. */
export interface EventMaking {
  readonly make: () => unknown;
  /** Null where the event is there already. */
  readonly brief: { readonly source: string; readonly make: () => unknown } | null;
  /** What it is made of, as plain data; null or absent where only `make` makes it. */
  readonly draft?: (() => DraftedEvent) | null;
}

/** @param event as the inspector gave it */
export function settling(event: unknown, settlement: Settlement): EventMaking {
  const make = (): unknown => settledEvent(event, settlement);
  if (!(event instanceof LateEvent)) return { make, brief: null };
  const { source, brief, draft } = event.parts;
  return {
    make,
    brief: { source, make: () => briefWithOutcome(brief(), outcomeOf(settlement)) },
    draft:
      draft === undefined
        ? null
        : () => {
            const id = makeEventId();
            return { id, source, draft: draft(id), outcome: outcomeOf(settlement) };
          },
  };
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
