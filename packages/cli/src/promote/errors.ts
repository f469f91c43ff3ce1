/** Errors of `sluice promote`. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const PROMOTE_ERRORS = {
  PROMOTE_OPTION: {
    message: '{option}: {reason}',
    remedy: 'sluice promote --help shows examples.',
  },
  PROMOTE_POLICY: {
    message: 'which policy is meant is not clear: {reason}',
    remedy: 'Name it with --policy.',
  },
  PROMOTE_PLAN: {
    message: 'the plan {path} cannot be used: {reason}',
    remedy: 'Correct it, or begin anew: sluice promote stop, then sluice promote move.',
  },
  PROMOTE_NOT_READY: {
    message: '{count} requests of this time look like false positives and would be denied',
    remedy:
      'Look at them (sluice promote WORKLOAD), write exclusions (sluice promote exclude), or put up with so many: --tolerate.',
  },
  PROMOTE_NOT_IN_FORCE: {
    message: 'the change is not taken over: {reason}',
    remedy:
      "What was there before is there again, but for a way back to Detect. The server's log and /readyz, or the conditions of the WAFPolicy, say more; sluice promote move goes on from there.",
  },
  PROMOTE_MANAGED: {
    message: 'the WAFPolicy {policy} is managed by {manager}, which would write back what is changed here',
    remedy:
      'Change it where it comes from: what it would say is shown above. Each stage is such a change, and so is the way back.',
  },
  PROMOTE_CONFIRMATION: {
    message: 'policy {policy} would no longer block anything',
    remedy: 'If that is meant, say its name: --confirm {policy}.',
  },
} as const;

export type PromoteErrorCode = keyof typeof PROMOTE_ERRORS;

export class PromoteError extends CodedError<PromoteErrorCode> {
  override readonly name = 'PromoteError';

  constructor(code: PromoteErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(PROMOTE_ERRORS, code, details, cause);
  }
}
