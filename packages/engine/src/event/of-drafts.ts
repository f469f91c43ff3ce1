/** Events of drafts, without the engine: for a thread that makes nothing else. */
export { eventOfDraft } from './draft.ts';
export { withOutcome } from './outcome.ts';
