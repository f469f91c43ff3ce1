/** Errors of the shipper. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const SHIPPER_ERRORS = {
  SHIPPER_OPTION: {
    message: '{option}: {reason}',
    remedy: 'Correct it.',
  },
  SHIPPER_STATE: {
    message: 'the folder {path} cannot be used: {reason}',
    remedy: 'Name a folder that this user may write, on a disk of this machine.',
  },
  SHIPPER_LISTEN: {
    message: 'cannot listen on {address}: {reason}',
    remedy: 'Choose another address for `admin`, or end what listens there.',
  },
  SINK_AWAY: {
    message: 'the sink {sink} cannot be reached: {reason}',
    remedy: 'Check that it runs and that its address is right; what waits in the spool is kept.',
  },
  SINK_REFUSED: {
    message: 'the sink {sink} refuses the shipper: {reason}',
    remedy: 'Check credentials and privileges, and that the address is that of the sink; what waits is kept.',
  },
  SINK_ANSWER: {
    message: 'the sink {sink} gave an answer that makes no sense: {reason}',
    remedy:
      'Check that its address is right, and what stands between it and the shipper; what waits is kept.',
  },
  DEAD_LETTER: {
    message: 'the dead letters in {path} cannot be read: {reason}',
    remedy: 'Look at the file; `sluice ship dead drop` takes it away.',
  },
  TEMPLATE_FOREIGN: {
    message: 'the {what} {name} was not made by Sluice',
    remedy: 'Remove or rename it, or choose another namespace.',
  },
  SINK_FILE: {
    message: 'the file {path} cannot be used: {reason}',
    remedy: 'Correct the path, or the rights of the file and its folder.',
  },
} as const;

export type ShipperErrorCode = keyof typeof SHIPPER_ERRORS;

export class ShipperError extends CodedError<ShipperErrorCode> {
  override readonly name = 'ShipperError';

  constructor(code: ShipperErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(SHIPPER_ERRORS, code, details, cause);
  }
}

/** The message of whatever was thrown. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
