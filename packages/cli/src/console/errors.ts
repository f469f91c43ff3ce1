/** Errors of what the console asks of policies and rules. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const CONSOLE_DESK_ERRORS = {
  DESK_REFUSED: {
    message: '{reason}',
    remedy: '{remedy}',
  },
  DESK_JUDGE: {
    message: 'the process that judges stored requests does not answer: {reason}',
    remedy: 'Try again; sluice inspect judges a request by hand.',
  },
  DESK_POLICY: {
    message: '{file} has no policy {policy}',
    remedy: 'The event may be of a server with another configuration: change the policy there.',
  },
} as const;

export type ConsoleDeskErrorCode = keyof typeof CONSOLE_DESK_ERRORS;

export class ConsoleDeskError extends CodedError<ConsoleDeskErrorCode> {
  override readonly name = 'ConsoleDeskError';

  constructor(code: ConsoleDeskErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(CONSOLE_DESK_ERRORS, code, details, cause);
  }
}
