/** How long to wait before the next attempt: twice as long each time, and half of it at random, so that nodes do not come at once. */

export interface BackoffOptions {
  readonly retryMillisMin: number;
  readonly retryMillisMax: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** @param failures in turn, 1 behind the first */
export function backoffMillis(failures: number, options: BackoffOptions): number {
  const { retryMillisMin, retryMillisMax, random } = options;
  const whole = Math.min(retryMillisMax, retryMillisMin * 2 ** Math.min(failures - 1, 30));
  return whole / 2 + (random() * whole) / 2;
}
