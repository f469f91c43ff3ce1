/** Errors of `sluice ship`. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const SHIP_ERRORS = {
  SHIP_CONFIG_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Name a file that this user may read.',
  },
  SHIP_CONFIG_INVALID: {
    message: '{place}: {reason}',
    remedy: 'Correct it; docs/ship.md has every setting.',
  },
  SHIP_NOT_RUNNING: {
    message: 'no shipper answers at {address}: {reason}',
    remedy: 'Start it by `sluice ship -c`, or correct `admin` in the configuration.',
  },
} as const;

export type ShipErrorCode = keyof typeof SHIP_ERRORS;

export class ShipError extends CodedError<ShipErrorCode> {
  override readonly name = 'ShipError';

  constructor(code: ShipErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(SHIP_ERRORS, code, details, cause);
  }
}
