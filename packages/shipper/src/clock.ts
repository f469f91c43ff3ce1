/** Time, so that tests can have hours of it in no time. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves when the time has passed, or at once when `signal` is aborted. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (millis, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, millis);
      signal.addEventListener('abort', done, { once: true });
    }),
};
