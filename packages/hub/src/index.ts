/** Where documents are kept, and how they are asked for. */
export { HUB_ERRORS, HubError, type HubErrorCode } from './errors.ts';
export type * from './query/tree.ts';
export type * from './store/event-store.ts';
