/** Errors of `sluice alerts`. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const ALERTS_ERRORS = {
  ALERTS_OPTION: { message: '{option}: {reason}', remedy: 'See sluice alerts --help.' },
  ALERTS_NO_HUB: {
    message: 'there is no hub to ask: {reason}',
    remedy: 'Name it with --hub or SLUICE_HUB: http://127.0.0.1:7480, or https://… with SLUICE_HUB_TOKEN.',
  },
} as const;

export type AlertsErrorCode = keyof typeof ALERTS_ERRORS;

export class AlertsError extends CodedError<AlertsErrorCode> {
  override readonly name = 'AlertsError';

  constructor(code: AlertsErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(ALERTS_ERRORS, code, details, cause);
  }
}
