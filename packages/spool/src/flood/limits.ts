/** Bounds of what one source may have kept one by one. */
export interface FloodLimits {
  /** Events a second of one source that are kept. */
  readonly perSecond: number;
  /** Events of one source that are kept at once after a silence. */
  readonly burst: number;
  /** Of the rest, one in so many is kept as a sample. */
  readonly sampleOneIn: number;
  /** Sources that are told apart; the others share one. */
  readonly sourcesMax: number;
}

export const DEFAULT_FLOOD_LIMITS: FloodLimits = Object.freeze({
  perSecond: 50,
  burst: 100,
  sampleOneIn: 100,
  sourcesMax: 10_000,
});

/** Between summaries of a source. */
export const SUMMARY_MILLIS = 1_000;
/** Kinds of events (policy, mode, action, would-block) that a source's summaries tell apart; the rest is summed up without. */
export const KINDS_MAX = 16;
/** Rules that a summary names, the first that came. */
export const SUMMARY_RULES_MAX = 64;
