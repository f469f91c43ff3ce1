/**
 * What inspection costs, counted and not timed: equal on every machine, so that tests and `sluice bench gate` can compare
 * it. Counted for this thread since it began; take differences.
 */

export interface Work {
  /** Crossings from JavaScript into the addons. */
  nativeCalls: number;
  /** Distinct transformed values given to the prefilter, and their bytes. */
  valuesScanned: number;
  bytesScanned: number;
  /** Steps of transformation that were computed, not found in a transaction's cache, and the bytes that they read. */
  transformations: number;
  bytesTransformed: number;
  /** Rules that were evaluated: those that the prefilter could not rule out. */
  candidates: number;
  /** Values that RE2, PCRE2 or libinjection was asked about, and their bytes. */
  confirmations: number;
  bytesConfirmed: number;
}

export const work: Work = {
  nativeCalls: 0,
  valuesScanned: 0,
  bytesScanned: 0,
  transformations: 0,
  bytesTransformed: 0,
  candidates: 0,
  confirmations: 0,
  bytesConfirmed: 0,
};

/** What was done since `before`, which is a copy of `work`. */
export function workSince(before: Readonly<Work>): Work {
  const since = { ...work };
  for (const name of Object.keys(since) as (keyof Work)[]) since[name] -= before[name];
  return since;
}
