/** Times of leader election: those that Kubernetes' own controllers have. */

/** A Lease that was not renewed for so long may be taken. */
export const LEASE_MILLIS = 15_000;
/** A leader that could not renew for so long stops. What it has begun by then ends before the Lease can be taken. */
export const LEASE_RENEW_MILLIS_MAX = 10_000;
/** Between two looks at the Lease, and between two renewals. */
export const LEASE_RETRY_MILLIS = 2_000;
/** Share of that time by which it varies, so that contenders do not ask at once. */
export const LEASE_JITTER = 0.2;
/** Of the duration of a Lease that was given back; the API server wants at least one. */
export const LEASE_RELEASED_SECONDS = 1;
