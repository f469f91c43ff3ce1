/** What the judging process is asked on its standard input, and says on its descriptor 3: a line of JSON each. */
import type { RulePlace, RuleSetVerdict } from '../verdict.ts';
import type { BaseOptions } from './base.ts';

/** The first line. */
export type JudgeBegin = BaseOptions;

/** Each line after it. */
export interface JudgeQuestion {
  readonly place: RulePlace;
}

export type JudgeMessage =
  /** The base is there; `base` is the same for the same rules. */
  | { readonly kind: 'ready'; readonly base: string }
  /** The rule whose patterns are compiled next, so that the parent knows it should the process die of it. */
  | { readonly kind: 'rule'; readonly ruleId: number | null }
  | {
      readonly kind: 'judged';
      readonly verdicts: readonly (readonly [key: string, verdict: RuleSetVerdict])[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** The file descriptor of its messages. */
export const MESSAGES = 3;
