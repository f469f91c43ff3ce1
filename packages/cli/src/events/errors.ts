/** Errors of `sluice events`: what it was called with, and what it did not find. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const EVENTS_ERRORS = {
  EVENTS_OPTION: { message: '{option}: {reason}', remedy: 'See sluice events --help.' },
  EVENTS_STORE_ADDRESS: {
    message: '{address} is no address of a store: {reason}',
    remedy: 'Give sqlite:PATH, http://HUB, https://HUB or elasticsearch:URL.',
  },
  EVENTS_NO_STORE: {
    message: 'there is no store to ask: {reason}',
    remedy: 'Run ./sluice demo, or name a store with --store or SLUICE_STORE.',
  },
} as const;

export type EventsErrorCode = keyof typeof EVENTS_ERRORS;

export class EventsError extends CodedError<EventsErrorCode> {
  override readonly name = 'EventsError';

  constructor(code: EventsErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(EVENTS_ERRORS, code, details, cause);
  }
}
