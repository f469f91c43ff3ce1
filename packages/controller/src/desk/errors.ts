/** What keeps a change of somebody from being made. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const DESK_ERRORS = {
  CHANGE_UNKNOWN: {
    message: 'there is no {target}',
    remedy: 'Look again: it may have been removed meanwhile.',
  },
  CHANGE_STALE: {
    message: '{target} has changed since it was looked at: nothing was written',
    remedy: 'Look at the change anew, and apply that.',
  },
  CHANGE_MANAGED: {
    message:
      '{target} is managed by {managers}: what is written here would be taken back, or would hide what is declared there',
    remedy: 'Put the YAML where that has it from.',
  },
  CHANGE_NOT_IN_FORCE: {
    message: '{target} would be written and not come into force: {reason}',
    remedy: 'Change first what it names; what was in force before would stay so meanwhile.',
  },
  CHANGE_FORBIDDEN: {
    message: 'the API server does not let {user} change {target}: {reason}',
    remedy: 'Ask for a role with this right; docs/console.md has roles that are ready to be bound.',
  },
  CHANGE_IN_NAME: {
    message: 'the console does not act as {user}: {reason}',
    remedy: 'Sign in as somebody else, or apply the YAML by other means.',
  },
  CHANGE_REFUSED: {
    message: 'the API server does not take the change of {target}: {reason}',
    remedy: 'Correct what it names.',
  },
} as const;

export type DeskErrorCode = keyof typeof DESK_ERRORS;

export class DeskError extends CodedError<DeskErrorCode> {
  override readonly name = 'DeskError';

  constructor(code: DeskErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(DESK_ERRORS, code, details, cause);
  }
}
