/** Bounds of a rehearsal: what goes beyond them is not rehearsed, and counted. Live requests are never held up. */
export const REHEARSAL_LIMITS = Object.freeze({
  /** Copies of requests that are being made, or that the candidate has not judged yet. */
  copiesMax: 64,
  /** Megabytes of the heap of the candidate's thread. */
  heapMegabytesMax: 1_024,
  /** Bytes of the body of a request that is copied. */
  bodyBytesMax: 1_048_576,
  /** Request ids that are kept for each difference. */
  examplesMax: 10,
  /** Rules and kinds of difference that are told apart. */
  differencesMax: 1_000,
});
