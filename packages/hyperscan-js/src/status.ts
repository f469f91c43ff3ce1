import { type ErrorDetails, HyperscanError, type HyperscanErrorCode } from './errors.ts';
import type { Refusal } from './native.ts';

/** Statuses of native/status.h that a caller tells apart. */
export const BAD_OFFSETS = -21;
export const TOO_FEW_OFFSETS = -22;
/** Hyperscan's HS_INVALID: an argument that it refuses, or bytes that are no database. */
export const INVALID = -1;
/** Hyperscan's HS_DB_MODE_ERROR. */
export const WRONG_MODE = -7;
/** More matches than may wait. */
export const TOO_MANY_MATCHES = -25;
/** Matches wait that would be lost. */
export const UNDRAINED = -27;

const CODES: Readonly<Record<number, HyperscanErrorCode>> = {
  [-2]: 'HS_NO_MEMORY',
  [-5]: 'HS_VERSION_MISMATCH',
  [-6]: 'HS_PLATFORM_MISMATCH',
  [WRONG_MODE]: 'HS_MODE_MISMATCH',
  [-10]: 'HS_SCRATCH_IN_USE',
  [-11]: 'HS_CPU_UNSUPPORTED',
  [-23]: 'HS_CLOSED',
  [-24]: 'HS_UNKNOWN_TOKEN',
  [TOO_MANY_MATCHES]: 'HS_TOO_MANY_MATCHES',
  [-26]: 'HS_TOO_LONG',
  [UNDRAINED]: 'HS_UNDRAINED',
};

/** The error for a negative status; `what` is what was tried. */
export const statusError = (status: number, what: string, details: ErrorDetails = {}): HyperscanError =>
  new HyperscanError(CODES[status] ?? 'HS_NATIVE', { what, status, ...details });

/** Passes a native answer on, or throws what its status says. */
export function checked<Answer>(answer: Answer | number, what: string, details?: ErrorDetails): Answer {
  if (typeof answer === 'number') throw statusError(answer, what, details);
  return answer;
}

/** As `checked`, where a number is the answer and only a negative one is a status. */
export function checkedNumber(answer: number, what: string, details?: ErrorDetails): number {
  if (!(answer >= 0)) throw statusError(answer, what, details);
  return answer;
}

export const isRefusal = (answer: object | number): answer is Refusal =>
  typeof answer === 'object' && 'message' in answer;
