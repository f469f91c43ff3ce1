/** Errors of the spool. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const SPOOL_ERRORS = {
  SPOOL_DIRECTORY: {
    message: 'the spool {path} cannot be used: {reason}',
    remedy: 'Name a folder that this user may write, on a disk of this machine.',
  },
} as const;

export type SpoolErrorCode = keyof typeof SPOOL_ERRORS;

export class SpoolError extends CodedError<SpoolErrorCode> {
  override readonly name = 'SpoolError';

  constructor(code: SpoolErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(SPOOL_ERRORS, code, details, cause);
  }
}
