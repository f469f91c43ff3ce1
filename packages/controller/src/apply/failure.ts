/** What becomes of a write that failed: when it is tried again. */
import { ControllerError } from '../errors.ts';
import {
  RETRY_AFTER_MILLIS_MAX,
  RETRY_MILLIS_MAX,
  RETRY_MILLIS_MIN,
  RETRY_UNREACHABLE_MILLIS_MAX,
} from './limits.ts';

/** The API server has answered, and not with 2xx. */
export class WriteRefusal extends ControllerError {
  readonly status: number;
  readonly retryAfterMillis: number | null;

  constructor(what: string, status: number, reason: string, retryAfterMillis: number | null) {
    super('KUBERNETES_REFUSED', { what, status, reason });
    this.status = status;
    this.retryAfterMillis = retryAfterMillis;
  }
}

/** Half of it at random, so that what failed together is not tried together. */
const spread = (millis: number): number => millis / 2 + (Math.random() * millis) / 2;

/**
 * Nothing is given up: rights can be granted, kinds installed, a webhook repaired.
 *
 * @param failures in turn, 1 behind the first
 */
export function retryMillis(failures: number, error: unknown): number {
  const isRefusal = error instanceof WriteRefusal;
  const most = isRefusal ? RETRY_MILLIS_MAX : RETRY_UNREACHABLE_MILLIS_MAX;
  const backoff = spread(Math.min(most, RETRY_MILLIS_MIN * 2 ** Math.min(failures, 20)));
  const asked = isRefusal ? (error.retryAfterMillis ?? 0) : 0;
  return Math.max(backoff, Math.min(asked, RETRY_AFTER_MILLIS_MAX));
}
