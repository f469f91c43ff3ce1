/**
 * One time of leadership. It is over for good when its deadline passes or when it is ended: who writes asks it before each
 * request, and asks the term under which the decision was made, never "am I leader?".
 */

/** Milliseconds of a clock that only goes forward, also while the process is stopped. */
export type Clock = () => number;

export class Term {
  /** Greater than that of every term before it, whoever had it. */
  readonly epoch: number;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #deadline: number;

  constructor(epoch: number, deadline: number, clock: Clock) {
    this.epoch = epoch;
    this.#deadline = deadline;
    this.#clock = clock;
  }

  /** Aborted when the term is over. The clock may be ahead of it: `remainingMillis` is what counts. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** In which a request may still be begun; 0 when the term is over. */
  remainingMillis(): number {
    if (this.signal.aborted) return 0;
    const remaining = this.#deadline - this.#clock();
    if (remaining > 0) return remaining;
    this.end('its time ran out');
    return 0;
  }

  /** No effect on a term that is over: a process that was stopped and goes on must not renew what others may have. */
  extend(deadline: number): boolean {
    if (this.remainingMillis() === 0) return false;
    this.#deadline = Math.max(this.#deadline, deadline);
    return true;
  }

  /** @param reason in words */
  end(reason: string): void {
    if (!this.signal.aborted) this.#controller.abort(reason);
  }
}
