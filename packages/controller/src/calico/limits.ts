/** Times of writing statuses of Calico's objects. */

/** For one request. */
export const STATUS_MILLIS_MAX = 10_000;
/** Until a status that could not be written is tried again. */
export const STATUS_RETRY_MILLIS = 10_000;
