/** Counted work as one number, so that the cost of two messages can be compared without a clock. */
import type { Work } from '../../packages/engine/src/index.ts';

/**
 * Nanoseconds of one unit on the machine of docs/linear-cost.md, rounded. What they say there matters less than what
 * they are to one another; `run.ts` prints how well they foretell the processor time of its cases.
 *
 * A byte scanned is dearest, as Hyperscan looks for all patterns at once: 27 ns in a row of one letter, 146 in prose, 148 in
 * matches of all rules. A byte transformed is counted for each step that reads it, most of which find nothing to do. A byte
 * confirmed takes RE2's automaton 1.5 ns for the median pattern and 2.4 for the mean; where it has to place the groups of a
 * match of many kilobytes it takes up to 350, which no count shows and the benchmark does.
 */
const NANOSECONDS: Readonly<Record<keyof Work, number>> = {
  nativeCalls: 1_000,
  valuesLookedUp: 0,
  valuesRemembered: 0,
  valuesScanned: 2_000,
  bytesScanned: 100,
  transformations: 300,
  bytesTransformed: 3,
  candidates: 1_000,
  confirmations: 0,
  bytesConfirmed: 3,
};

export function costOf(work: Work): number {
  const names = Object.keys(NANOSECONDS) as (keyof Work)[];
  return names.reduce((sum, name) => sum + work[name] * NANOSECONDS[name], 0);
}

/** What grows with a message's size; the counts that ten times the input may raise twelve-fold at most. */
export const GROWING = [
  'nativeCalls',
  'valuesScanned',
  'bytesScanned',
  'transformations',
  'bytesTransformed',
  'confirmations',
  'bytesConfirmed',
] as const satisfies readonly (keyof Work)[];

export const RATIO_MAX = 12;
export const WORST_TO_HARMLESS_MAX = 20;
export const SIZES = [1_000, 10_000, 100_000] as const;
/** Times what prose of the same length costs, up to which growth says nothing: little was looked for in the shorter text. */
export const CHEAP_TO_HARMLESS = 2;
