/** Bounds of counting what exclusions let go. What is beyond them is not looked at, and counted. Live requests are never held up. */
export const EXCLUSION_HITS_LIMITS = Object.freeze({
  /** Copies of requests that are being made, or that are not judged yet. */
  copiesMax: 16,
  /** Exclusions whose counts are kept; beyond it those that are not in force are forgotten. */
  countsMax: 10_000,
  /** Megabytes of the heap of the thread that looks. */
  heapMegabytesMax: 512,
  /** Bytes of the body of a request that is copied. */
  bodyBytesMax: 262_144,
});
