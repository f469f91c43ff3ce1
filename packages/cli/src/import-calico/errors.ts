/** Errors of `sluice import`. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const IMPORT_ERRORS = {
  IMPORT_UNREADABLE: {
    message: '{path} cannot be read: {reason}',
    remedy: 'Name a file of YAML or JSON that holds objects of Kubernetes, or - for standard input.',
  },
} as const;

export type ImportErrorCode = keyof typeof IMPORT_ERRORS;

export class ImportError extends CodedError<ImportErrorCode> {
  override readonly name = 'ImportError';

  constructor(code: ImportErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(IMPORT_ERRORS, code, details, cause);
  }
}
