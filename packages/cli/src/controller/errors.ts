/** Errors of `sluice controller` that are not the controller's own. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const CONTROLLER_RUN_ERRORS = {
  CONTROLLER_OPTION: {
    message: '{option}: {reason}',
    remedy: 'See sluice controller run --help.',
  },
} as const;

export type ControllerRunErrorCode = keyof typeof CONTROLLER_RUN_ERRORS;

export class ControllerRunError extends CodedError<ControllerRunErrorCode> {
  override readonly name = 'ControllerRunError';

  constructor(code: ControllerRunErrorCode, details: ErrorDetails = {}) {
    super(CONTROLLER_RUN_ERRORS, code, details);
  }
}
