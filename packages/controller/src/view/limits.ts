/** Bounds of looking at a cluster: the unit last in the name. */
export { NODE_UNHEARD_MILLIS } from '../plan/limits.ts';

/** Time to read a whole cluster; 5,000 pods take about 2 s. */
export const READ_MILLIS_MAX = 60_000;
/** Policies in force that are read back from their ConfigMaps, where the newest of them are not in force. */
export const POLICIES_READ_MAX = 64;
/** Names that a sentence lists. */
export const NAMES_SHOWN_MAX = 3;
