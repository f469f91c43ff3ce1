/** The verdict that a state stands for. */
import { EngineError } from '../errors.ts';
import type { EvaluationState } from '../evaluate/state.ts';
import { ALLOW, type UninspectableCause, type Verdict } from '../verdict/verdict.ts';

/** What could not be inspected, and why. */
export interface Uninspected {
  readonly cause: UninspectableCause;
  readonly detail: string;
}

/** What is known so far. A disruptive rule that matched outweighs what could not be inspected. */
export function verdictOf(state: EvaluationState, uninspected: Uninspected | null): Verdict {
  const { interruption, failures, stopped, mode } = state;
  // A match that was only noted (DetectionOnly) must not be enforced because a later rule says ruleEngine=On.
  const counts = stopped || mode !== 'Block';
  if (interruption !== null && counts) return { kind: 'deny', ...interruption };
  if (mode === 'Off') return ALLOW;
  const failure = failures[0];
  if (failure !== undefined) {
    const { error, ruleId } = failure;
    const cause =
      error instanceof EngineError && error.code === 'MATCH_LIMIT' ? 'match_limit' : 'rule_failed';
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'uninspectable', cause, detail: `rule ${ruleId}: ${detail}` };
  }
  return uninspected === null ? ALLOW : { kind: 'uninspectable', ...uninspected };
}
