/** How far the median of rounds is to be trusted. */
import { ascending, percentile } from '../engine/percentile.ts';

export interface Interval {
  readonly median: number;
  /** Between these the median of all possible rounds lies, 95 times in a hundred or more; the least and the greatest where there are too few. */
  readonly from: number;
  readonly to: number;
}

/** Of both sides together. */
const RISK = 0.05;

/** By ranks, whatever the values' distribution: so many of n values lie below their median as heads of n coins. */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = ascending(values);
  const count = sorted.length;
  let below = 0;
  let rank = 0;
  // The greatest rank that the median undercuts rarely enough.
  for (let heads = 0, chance = 0.5 ** count; heads < count / 2; heads++) {
    below += chance;
    if (below > RISK / 2) break;
    rank = heads;
    chance = (chance * (count - heads)) / (heads + 1);
  }
  return {
    median: percentile(sorted, 0.5),
    from: sorted[rank] ?? Number.NaN,
    to: sorted[count - 1 - rank] ?? Number.NaN,
  };
}
