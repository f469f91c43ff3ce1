/** Errors of `sluice spool` that are not the spool's own. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

const SPOOL_COMMAND_ERRORS = {
  SPOOL_NONE: {
    message: 'there is no spool in {path}',
    remedy: 'Name the folder that events.spool.directory of sluice.yaml names.',
  },
} as const;

export class SpoolCommandError extends CodedError<keyof typeof SPOOL_COMMAND_ERRORS> {
  override readonly name = 'SpoolCommandError';

  constructor(code: keyof typeof SPOOL_COMMAND_ERRORS, details: ErrorDetails) {
    super(SPOOL_COMMAND_ERRORS, code, details);
  }
}
