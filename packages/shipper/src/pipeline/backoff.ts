/** How long to wait before the next attempt. */

export interface BackoffOptions {
  readonly backoffMillisMin: number;
  readonly backoffMillisMax: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * Doubles with each attempt up to the longest wait. Half of it is left to chance, so that shippers of many nodes that lost
 * the same sink do not come back at the same moment.
 * @param attempt 1 behind the first attempt
 */
export function backoffMillis(attempt: number, options: BackoffOptions): number {
  const { backoffMillisMin, backoffMillisMax, random } = options;
  const whole = Math.min(backoffMillisMax, backoffMillisMin * 2 ** Math.min(attempt - 1, 30));
  return Math.round(whole / 2 + (random() * whole) / 2);
}
