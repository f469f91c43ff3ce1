/**
 * What inspection costs, counted and not timed: equal on every machine, so that tests and `sluice bench gate` can compare
 * it. Counted for this thread since it began; take differences.
 */

export interface Work {
  /** Crossings from JavaScript into the addons. */
  readonly nativeCalls: number;
  /** Values that were looked for among those that are remembered, and those that were found there and not scanned again. */
  readonly valuesLookedUp: number;
  readonly valuesRemembered: number;
  /** Distinct transformed values that something was looked for in. */
  readonly valuesScanned: number;
  /** Bytes given to databases: a value counts once for each that it is scanned with. */
  readonly bytesScanned: number;
  /** Steps of transformation that were computed, not found in a transaction's cache, and the bytes that they read. */
  readonly transformations: number;
  readonly bytesTransformed: number;
  /** Rules that were evaluated: those that the prefilter could not rule out. */
  readonly candidates: number;
  /** Values that RE2, PCRE2 or libinjection was asked about, and their bytes. */
  readonly confirmations: number;
  readonly bytesConfirmed: number;
}

/** Shared with the addon: see ScanStats in native/scan_plan.h. */
export const scanStats: Float64Array = new Float64Array(11);

const stat = (at: number): number => scanStats[at] ?? 0;

/** What is done on this side of the addons; only the stages of the engine write it. */
export const ownWork = {
  nativeCalls: 0,
  transformations: 0,
  bytesTransformed: 0,
  candidates: 0,
  confirmations: 0,
  bytesConfirmed: 0,
};

/** What was done so far. A copy (`{ ...work }`) is for `workSince`. */
export const work: Work = {
  get nativeCalls() {
    return ownWork.nativeCalls;
  },
  get valuesLookedUp() {
    return stat(9);
  },
  get valuesRemembered() {
    return stat(10);
  },
  get valuesScanned() {
    return stat(0);
  },
  get bytesScanned() {
    return stat(1);
  },
  get transformations() {
    return ownWork.transformations + stat(2);
  },
  get bytesTransformed() {
    return ownWork.bytesTransformed + stat(3);
  },
  get candidates() {
    return ownWork.candidates;
  },
  get confirmations() {
    return ownWork.confirmations + stat(5);
  },
  get bytesConfirmed() {
    return ownWork.bytesConfirmed + stat(6);
  },
};

/** What was done since `before`, which is a copy of `work`. */
export function workSince(before: Work): Work {
  return {
    nativeCalls: work.nativeCalls - before.nativeCalls,
    valuesLookedUp: work.valuesLookedUp - before.valuesLookedUp,
    valuesRemembered: work.valuesRemembered - before.valuesRemembered,
    valuesScanned: work.valuesScanned - before.valuesScanned,
    bytesScanned: work.bytesScanned - before.bytesScanned,
    transformations: work.transformations - before.transformations,
    bytesTransformed: work.bytesTransformed - before.bytesTransformed,
    candidates: work.candidates - before.candidates,
    confirmations: work.confirmations - before.confirmations,
    bytesConfirmed: work.bytesConfirmed - before.bytesConfirmed,
  };
}
