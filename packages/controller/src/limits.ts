/** Times of the controller's loop. */

/** Between a change and its plan: what comes together is planned together. */
export const COALESCE_MILLIS = 50;
/** Between the beginnings of two plans: a storm of changes is planned no more often. */
export const PLAN_MILLIS_MIN = 500;
/** Between a plan or a survey that failed and the next attempt, doubling; a change is planned at once. */
export const AGAIN_MILLIS_MIN = 1_000;
export const AGAIN_MILLIS_MAX = 60_000;
