/** Events that are made behind the answer: making one costs as much as judging its request. */

export class LateEvent {
  readonly #make: () => unknown;

  /** @param make called once at most; it must not look at the message that was received, which is gone by then */
  constructor(make: () => unknown) {
    this.#make = make;
  }

  make(): unknown {
    return this.#make();
  }
}

/** The event itself: for those who hand it to another thread, or have time. */
export const madeEvent = (event: unknown): unknown => (event instanceof LateEvent ? event.make() : event);
