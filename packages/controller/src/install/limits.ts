/** Times of installing definitions. */

/** For one request; an API server takes milliseconds. */
export const REQUEST_MILLIS_MAX = 10_000;
/** Until a definition that was applied is served; an API server takes a second. */
export const SERVED_MILLIS_MAX = 30_000;
/** Between two looks. */
export const SERVED_POLL_MILLIS = 100;
