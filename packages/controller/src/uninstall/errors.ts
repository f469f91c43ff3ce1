/** Errors of uninstalling. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const UNINSTALL_ERRORS = {
  UNINSTALL_CONTROLLER: {
    message: 'the controller {holder} did not give up the Lease {lease} within {seconds} s',
    remedy: 'Scale its Deployment to 0, and look for a controller that runs elsewhere; then try again.',
  },
  UNINSTALL_INTERRUPTED: {
    message: 'the Lease was lost in the middle: {reason}',
    remedy: 'Try again: what was done is not done twice.',
  },
  UNINSTALL_NODES: {
    message: 'not released within {seconds} s: {nodes}',
    remedy:
      'Look at the node pods there. Of a node that is gone delete the SluiceNode, then try again; `helm uninstall --no-hooks` does without.',
  },
} as const;

export type UninstallErrorCode = keyof typeof UNINSTALL_ERRORS;

export class UninstallError extends CodedError<UninstallErrorCode> {
  override readonly name = 'UninstallError';

  constructor(code: UninstallErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(UNINSTALL_ERRORS, code, details, cause);
  }
}
