/** Bounds of looking at workloads and changing them for somebody: the unit last in the name. */
export const DESK_LIMITS = {
  /** For an answer of the API server to a review, or to a change. */
  answerMillisMax: 10_000,
  /** Reviews of rights under way at once. */
  reviewsMax: 16,
  /** What was read of the cluster counts as one look for so long. */
  lookMillis: 1_000,
  /** Pods of a Service that are shown. */
  podsShownMax: 200,
  /** Alerts that are shown, of each kind. */
  alertsShownMax: 500,
  /** Lines around a difference. */
  diffLines: 3,
} as const;
