/** Times of the controller's loop. */

/** Between a change and its plan: what comes together is planned together. */
export const COALESCE_MILLIS = 50;
/** Between the beginnings of two plans: a storm of changes is planned no more often. */
export const PLAN_MILLIS_MIN = 500;
/** Until a plan that falls due by the time alone, whatever clocks say: half of what a node may be silent for. */
export const PLAN_DUE_MILLIS_MAX = 90_000;
/** Between a plan or a survey that failed and the next attempt, doubling; a change is planned at once. */
export const AGAIN_MILLIS_MIN = 1_000;
export const AGAIN_MILLIS_MAX = 60_000;

/** Of the HTTP for operators. */
export const OPERATOR_CONNECTIONS_MAX = 64;
export const OPERATOR_MILLIS_MAX = 5_000;
