/** Probes of enforcement: what two answers say about it. */
import type { ProbeAnswer } from './ask.ts';

/**
 * - `enforced`: the attack got Sluice's block page, and the clean request did not.
 * - `everything_blocked`: both got it. Enforced, but this URL cannot be used.
 * - `not_enforced`: the attack went through.
 * - `blocked_by_another`: the attack was refused, and not by Sluice.
 * - `undecided`: nobody answered, or with errors only.
 */
export type ProbeOutcome =
  | 'enforced'
  | 'everything_blocked'
  | 'not_enforced'
  | 'blocked_by_another'
  | 'undecided';

export interface ProbeJudgement {
  readonly outcome: ProbeOutcome;
  readonly explanation: string;
}

export function judge(clean: ProbeAnswer, attack: ProbeAnswer): ProbeJudgement {
  if (attack.requestId !== null) {
    return clean.requestId === null
      ? { outcome: 'enforced', explanation: 'the attack was denied by Sluice, the clean request was not' }
      : {
          outcome: 'everything_blocked',
          explanation: 'Sluice denies the clean request too: sluice inspect tells which rules it meets',
        };
  }
  if (clean.failure !== null || attack.failure !== null) {
    return { outcome: 'undecided', explanation: `no answer: ${clean.failure ?? attack.failure}` };
  }
  // 413 and the like would be the workload's; a refusal for both says nothing about the attack.
  if (clean.status >= 500) {
    return {
      outcome: 'undecided',
      explanation: `the clean request got ${clean.status}: the workload is down, or Sluice does not answer and the policy is Closed`,
    };
  }
  if (attack.status === 403 && clean.status !== 403) {
    return {
      outcome: 'blocked_by_another',
      explanation: 'the attack got 403 without the block page of Sluice: something else refused it',
    };
  }
  if (attack.status >= 500) {
    return {
      outcome: 'undecided',
      explanation: `the attack got ${attack.status}, which tells nothing of Sluice`,
    };
  }
  return {
    outcome: 'not_enforced',
    explanation: `the attack got ${attack.status} like any request: the policy is in Detect or Off, Sluice is away and the policy is Open, or requests do not pass it`,
  };
}
