/** Bounds of an uninstallation. */

/** For one request; an API server takes milliseconds. */
export const REQUEST_MILLIS_MAX = 30_000;
/** Between two looks at the nodes. */
export const LOOK_MILLIS = 500;
/** Objects of one page of a list. */
export const PAGE_OBJECTS = 500;
/** Names in a message. */
export const NAMES_TOLD_MAX = 20;
