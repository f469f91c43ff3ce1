/** Events of drafts, without the engine: for a thread that makes nothing else. */
export { eventOfDraft } from './event/draft.ts';
export { withOutcome } from './event/outcome.ts';
