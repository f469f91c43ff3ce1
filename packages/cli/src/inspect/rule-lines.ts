/** The two lines that tell of a rule in a story, of a request that is inspected here as of one that was recorded. */
import { basename } from 'node:path';
import type { Style } from './render-value.ts';

/** Texts are fit to be shown. */
export interface RuleLines {
  readonly id: string;
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly phase: number | null;
  readonly paranoia: number | null;
  readonly severity: string | null;
  /** What it added to the anomaly score, and the score before and after it. */
  readonly score: number;
  readonly before: number;
  readonly after: number;
  /** False where its paranoia level is above the one that blocks. */
  readonly counts: boolean;
}

/** @param threshold null where it is not known */
export function ruleLines(rule: RuleLines, threshold: number | null, style: Style): readonly string[] {
  const { id, message, score, before, after, counts } = rule;
  const of = threshold === null ? '' : ` of ${threshold}`;
  const words =
    score === 0
      ? 'denies'
      : counts
        ? `score ${before} → ${after}${of}`
        : `+${score}, not counted: above the policy's paranoia level`;
  const facts = [
    ...(rule.file === null ? [] : [`${basename(rule.file)}:${rule.line ?? '?'}`]),
    ...(rule.phase === null ? [] : [`phase ${rule.phase}`]),
    ...(rule.paranoia === null ? [] : [`paranoia level ${rule.paranoia}`]),
    ...(rule.severity === null ? [] : [rule.severity.toLowerCase()]),
  ];
  return [`${style.bold(`${id}  ${message}`)}  ${style.red(words)}`, `  ${style.dim(facts.join(', '))}`];
}

/** Why a rule that compares the score with the threshold denies, or would. */
export const scoreReason = (score: number, threshold: number): string =>
  `its anomaly score is ${score}, and ${threshold} or more is denied`;
