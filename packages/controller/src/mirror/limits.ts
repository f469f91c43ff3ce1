/** Bounds and times of what is known of a cluster. */

/** Secrets that are followed, each by a connection of its own (about 50 KB, and as much at the API server). */
export const SECRETS_MAX = 256;
/** For what a new object asks for besides (the Secret of a policy); the object is told without it after that. */
export const SETTLE_MILLIS_MAX = 5_000;
