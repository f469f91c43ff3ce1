/** Verdict and policy to what Envoy is told. Total: there is no verdict without an answer, and no answer by default. */
import { ServerError } from './errors.ts';
import { type Mode, UNINSPECTABLE_CAUSES, type Verdict } from './inspector.ts';
import { MODE_STRENGTH } from './policies/strictness.ts';
import type { EnforcedPolicy } from './policy.ts';

export interface Decision {
  readonly action: 'allow' | 'deny';
  /** HTTP status of a denial; 0 with an allow. */
  readonly status: number;
  /** Let through, and Block would have denied it. */
  readonly wouldBlock: boolean;
  /** The mode that decided. */
  readonly mode: Mode;
}

/** HTTP status of a denial for what could not be inspected. */
const UNINSPECTABLE_STATUS = 403;

/** A rule may switch the engine off for a request; it cannot make a policy stricter than it says. */
export const weakerMode = (policy: Mode, transaction: Mode): Mode =>
  MODE_STRENGTH[transaction] < MODE_STRENGTH[policy] ? transaction : policy;

/**
 * @param transactionMode the mode at the end of the transaction (inspector.ts)
 * @throws ServerError INSPECTION_INVALID for a verdict or a mode that does not exist
 */
export function decide(verdict: Verdict, policy: EnforcedPolicy, transactionMode: Mode): Decision {
  const status = refusalStatus(verdict, policy);
  if (!Object.hasOwn(MODE_STRENGTH, transactionMode))
    throw new ServerError('INSPECTION_INVALID', { what: 'an unknown mode' });
  const mode = weakerMode(policy.mode, transactionMode);
  switch (mode) {
    case 'Off':
      return { action: 'allow', status: 0, wouldBlock: false, mode };
    case 'Detect':
      return { action: 'allow', status: 0, wouldBlock: status !== 0, mode };
    case 'Block':
      return { action: status === 0 ? 'allow' : 'deny', status, wouldBlock: false, mode };
  }
}

/** The status that Block denies with, 0 where it allows. @throws ServerError INSPECTION_INVALID */
export function refusalStatus(verdict: Verdict, policy: EnforcedPolicy): number {
  switch (verdict.kind) {
    case 'allow':
      return 0;
    case 'deny':
      return policy.blockPage?.status ?? denialStatus(verdict.status);
    case 'uninspectable': {
      if (!UNINSPECTABLE_CAUSES.includes(verdict.cause)) {
        throw new ServerError('INSPECTION_INVALID', { what: 'an unknown cause' });
      }
      const { overrides, default: otherwise } = policy.uninspectable;
      return (overrides[verdict.cause] ?? otherwise) === 'allow'
        ? 0
        : (policy.blockPage?.status ?? UNINSPECTABLE_STATUS);
    }
    default:
      throw new ServerError(
        'INSPECTION_INVALID',
        { what: 'an unknown verdict' },
        { cause: verdict satisfies never },
      );
  }
}

/** Statuses of Envoy's enum StatusCode that a denial may carry: any other makes Envoy refuse the reply. */
export const DENIAL_STATUSES: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423,
  424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
]);

const denialStatus = (status: number): number => (DENIAL_STATUSES.has(status) ? status : 403);
