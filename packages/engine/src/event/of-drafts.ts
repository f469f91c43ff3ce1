/** Events of drafts, without the engine: for a thread that makes nothing else, and lets all others go first. */
export { native } from '../native/binding.ts';
export { eventOfDraft } from './draft.ts';
export { withOutcome } from './outcome.ts';
