/** Attempts to sign in that failed, by address and by name: each more of them makes the next wait twice as long. */
import { ConsoleError } from '../errors.ts';
import { CONSOLE_LIMITS } from '../limits.ts';

interface Failures {
  readonly count: number;
  readonly until: number;
}

export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #now: () => number;

  /** @param now milliseconds of any clock that goes on */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws ConsoleError CONSOLE_ATTEMPTS */
  demand(...keys: readonly string[]): void {
    const wait = this.#waitOf(keys);
    if (wait > 0) throw new ConsoleError('CONSOLE_ATTEMPTS', { seconds: Math.ceil(wait / 1_000) });
  }

  /** Whether the next attempt has to wait. */
  waits(...keys: readonly string[]): boolean {
    return this.#waitOf(keys) > 0;
  }

  #waitOf(keys: readonly string[]): number {
    return Math.max(...keys.map((key) => this.#failures.get(key)?.until ?? 0)) - this.#now();
  }

  failed(...keys: readonly string[]): void {
    const { attemptsMax, attemptWaitMillis, attemptWaitMillisMax, attemptsKeptMax } = CONSOLE_LIMITS;
    for (const key of keys) {
      const count = (this.#failures.get(key)?.count ?? 0) + 1;
      const beyond = count - attemptsMax;
      const wait = beyond < 0 ? 0 : Math.min(attemptWaitMillis * 2 ** beyond, attemptWaitMillisMax);
      // Behind the others, so that the first is the oldest.
      this.#failures.delete(key);
      this.#failures.set(key, { count, until: this.#now() + wait });
    }
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= attemptsKeptMax) break;
      this.#failures.delete(oldest);
    }
  }

  succeeded(...keys: readonly string[]): void {
    for (const key of keys) this.#failures.delete(key);
  }
}
