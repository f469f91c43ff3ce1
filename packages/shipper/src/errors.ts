/** Errors of the shipper. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const SHIPPER_ERRORS = {
  SHIPPER_OPTION: {
    message: '{option}: {reason}',
    remedy: 'Correct it.',
  },
  TEMPLATE_FOREIGN: {
    message: 'the {what} {name} was not made by Sluice',
    remedy: 'Remove or rename it, or choose another namespace.',
  },
} as const;

export type ShipperErrorCode = keyof typeof SHIPPER_ERRORS;

export class ShipperError extends CodedError<ShipperErrorCode> {
  override readonly name = 'ShipperError';

  constructor(code: ShipperErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(SHIPPER_ERRORS, code, details, cause);
  }
}
