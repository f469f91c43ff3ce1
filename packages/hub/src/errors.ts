/** Errors of the hub. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const HUB_ERRORS = {
  QUERY_SYNTAX: {
    message: 'column {column}: {reason}\n{query}\n{caret}',
    remedy: 'Correct the query at the place shown; docs/query.md has the language.',
  },
  QUERY_FIELD: {
    message: 'the field {field} of {dataSet} {reason}',
    remedy: 'docs/events.md has the fields of each data set.',
  },
  QUERY_CURSOR: {
    message: 'the cursor is not one of this request',
    remedy: 'Give the cursor of the page before, with the same query, times, sort and fields.',
  },
  QUERY_SIZE: {
    message: '{what} is {given}; {allowed}',
    remedy: 'Ask for less at once, and for the rest page by page.',
  },
  STORE_UNAVAILABLE: {
    message: 'the store {store} cannot be reached: {reason}',
    remedy: 'Check that it runs and that its address is right; what waits in the spool is kept.',
  },
} as const;

export type HubErrorCode = keyof typeof HUB_ERRORS;

export class HubError extends CodedError<HubErrorCode> {
  override readonly name = 'HubError';

  constructor(code: HubErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(HUB_ERRORS, code, details, cause);
  }
}
