/** Judges cases by what they count, not by a clock: the same on every machine. */
import type { Work } from '../../packages/engine/src/index.ts';
import type { Case } from './cases.ts';
import { costOf, GROWING, RATIO_MAX, SIZES } from './cost.ts';
import type { Inspector } from './inspect.ts';
import { put } from './places.ts';
import { prose } from './plain.ts';

export interface Judged {
  /** `942100, repeat 1, never ended, form value`. */
  readonly name: string;
  /** Counts that grow more than they may, as `bytesScanned: 100 to 1300 from 1 KB to 10 KB`. */
  readonly steep: readonly string[];
  /** The cost of 100 KB, in nanoseconds of cost.ts. */
  readonly cost: number;
}

/** What the largest harmless text costs in a form's value, in nanoseconds of cost.ts. */
export const harmlessCost = (inspector: Inspector): number =>
  costOf(inspector.workOf(put('form value', prose(SIZES[2]))));

/**
 * @param floor counts below which growth says nothing: a rule that nothing wakes at 1 KB and that wakes at 10 KB has
 *   grown from nothing. One inspection of the shortest harmless text.
 */
export function judgeCase(inspector: Inspector, item: Case, floor: Work): Judged {
  const counts = SIZES.map((bytes) => inspector.workOf(item.exchange(bytes)));
  const largest = counts.at(-1) ?? floor;
  const steep = counts.slice(1).flatMap((after, at) => {
    const before = counts[at] ?? floor;
    return GROWING.filter((name) => after[name] > RATIO_MAX * Math.max(before[name], floor[name])).map(
      (name) => `${name}: ${before[name]} to ${after[name]} from ${SIZES[at]} to ${SIZES[at + 1]} bytes`,
    );
  });
  return { name: `${item.of}, ${item.text}, ${item.place}`, steep, cost: costOf(largest) };
}

export const floorOf = (inspector: Inspector): Work => inspector.workOf(put('form value', prose(SIZES[0])));
