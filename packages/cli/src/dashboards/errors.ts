/** Errors of `sluice dashboards`. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const DASHBOARDS_ERRORS = {
  DASHBOARDS_OPTION: { message: '{option}: {reason}', remedy: 'See sluice dashboards import --help.' },
  DASHBOARDS_UNREACHABLE: {
    message: '{url} does not answer: {reason}',
    remedy: 'Check the address; for a private certificate authority set NODE_EXTRA_CA_CERTS.',
  },
  DASHBOARDS_REFUSED: {
    message: '{url} did not take the dashboards: {reason}',
    remedy:
      'Check the credentials and their rights; docs/dashboards.md names them and the versions that are supported.',
  },
} as const;

export type DashboardsErrorCode = keyof typeof DASHBOARDS_ERRORS;

export class DashboardsError extends CodedError<DashboardsErrorCode> {
  override readonly name = 'DashboardsError';

  constructor(code: DashboardsErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(DASHBOARDS_ERRORS, code, details, cause);
  }
}
