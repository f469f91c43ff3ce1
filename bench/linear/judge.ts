/** Judges cases by what they count, not by a clock: the same on every machine. */
import type { Work } from '../../packages/engine/src/index.ts';
import type { Case } from './cases.ts';
import { CHEAP_TO_HARMLESS, costOf, GROWING, RATIO_MAX, SIZES } from './cost.ts';
import type { Inspector } from './inspect.ts';
import { put } from './places.ts';
import { prose } from './plain.ts';

export interface Judged {
  /** `942100, repeat 1, never ended, form value`. */
  readonly name: string;
  /** What grows more than it may, as `bytesScanned: 100 to 1300 from 1000 to 10000 bytes`. */
  readonly steep: readonly string[];
  /** The cost of 100 KB, in nanoseconds of cost.ts. */
  readonly cost: number;
}

/** What harmless texts cost in a form's value, by SIZES, in nanoseconds of cost.ts. */
export const harmlessCosts = (inspector: Inspector): readonly number[] =>
  SIZES.map((bytes) => costOf(inspector.workOf(put('form value', prose(bytes)))));

/**
 * Ten times the input costs at most twelve times as much, in each count and in all. A count alone may grow more where the
 * longer text wakes rules that the shorter one did not: a thousand random bytes hold no word that ten thousand do, and
 * there are only so many rules. Then the whole cost decides. What may be more by so much is multiplied with how many times
 * more rules were woken, or distinct results of transformations made of a value, of which there are only so many, too. And
 * a byte that the shorter text did not hold has all of it scanned by more databases: what stays near prose is let be.
 */
export function judgeCase(inspector: Inspector, item: Case, harmless: readonly number[]): Judged {
  const counts = SIZES.map((bytes) => inspector.workOf(item.exchange(bytes)));
  const steep = counts.slice(1).flatMap((after, at) => {
    const before = counts[at] ?? after;
    const step = `from ${SIZES[at]} to ${SIZES[at + 1]} bytes`;
    const wakesMore = after.candidates > before.candidates;
    if (costOf(after) <= CHEAP_TO_HARMLESS * (harmless[at + 1] ?? 0)) return [];
    const ratioMax = RATIO_MAX * wokenRatio(before, after);
    const grown = wakesMore ? [] : GROWING.filter((name) => after[name] > ratioMax * before[name]);
    const found = grown.map((name) => `${name}: ${before[name]} to ${after[name]} ${step}`);
    const costs = [before, after].map(costOf);
    const [cheap = 0, dear = 0] = costs;
    return dear > ratioMax * cheap ? [...found, `cost: ${cheap} to ${dear} ns ${step}`] : found;
  });
  const largest = counts.at(-1);
  const cost = largest === undefined ? 0 : costOf(largest);
  return { name: `${item.of}, ${item.text}, ${item.place}`, steep, cost };
}

/** Transformations that ten times the values take rather than ten times the length. */
const SEVERAL_VALUES_RATIO = 5;

function wokenRatio(before: Work, after: Work): number {
  const steps = after.transformations / Math.max(1, before.transformations);
  const stepsOfValue = steps > SEVERAL_VALUES_RATIO ? steps / 10 : steps;
  return Math.max(1, after.candidates / Math.max(1, before.candidates), stepsOfValue);
}
