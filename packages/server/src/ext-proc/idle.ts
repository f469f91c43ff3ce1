/** Tells that nothing has come for a while. A timer is set anew when it fires, not each time that something comes. */

export class IdleTimer {
  readonly #fired: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, and when it is to tell; by performance.now(). */
  #firesAt = 0;
  #dueAt = 0;

  constructor(fired: () => void) {
    this.#fired = fired;
  }

  /** Tells so many milliseconds from now, unless it is called again or stopped before. */
  restart(millis: number): void {
    const now = performance.now();
    this.#dueAt = now + millis;
    if (this.#timer !== undefined && this.#firesAt <= this.#dueAt) return;
    this.#set(now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(now: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = this.#dueAt;
    this.#timer = setTimeout(() => this.#look(), this.#dueAt - now);
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    // Timers fire up to a millisecond early.
    if (this.#dueAt - now < 1) this.#fired();
    else this.#set(now);
  }
}
