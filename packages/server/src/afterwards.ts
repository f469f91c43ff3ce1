/**
 * What follows answers: it begins when those that are ready are on the wire, and gives way to requests that have come meanwhile.
 * Nothing of it is left out: what finds no room is done at once, so that the answer waits for the oldest.
 */

/** Each holds what was known of a request that was inspected on this thread: some ten kilobytes. */
export const AFTERWARDS_MAX = 64;

/** Behind so many milliseconds of it requests have their turn. */
const TURN_MILLIS_MAX = 1;

/** A message waits for its turn, what it brings about (trailers) for another. */
const TURNS_OF_AN_ANSWER = 2;

export class Afterwards {
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  #isClosed = false;

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param work must not throw; done in the order in which it was given */
  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#isClosed) this.#all();
    else if (this.#waiting.length > AFTERWARDS_MAX) this.#next();
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** Does what waits, and from here on everything at once. */
  close(): void {
    this.#isClosed = true;
    this.#all();
  }

  #schedule(turns: number = TURNS_OF_AN_ANSWER): void {
    if (turns === TURNS_OF_AN_ANSWER && this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => (turns > 1 ? this.#schedule(turns - 1) : this.#turn()));
  }

  #turn(): void {
    this.#isScheduled = false;
    const until = performance.now() + TURN_MILLIS_MAX;
    do this.#next();
    while (this.#waiting.length > 0 && performance.now() < until);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #all(): void {
    while (this.#waiting.length > 0) this.#next();
  }

  #next(): void {
    this.#waiting.shift()?.();
  }
}
