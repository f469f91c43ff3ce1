/** How many of a kind may be under way at once. Who finds no room is told so, and nothing waits. */
import { HubError } from '../errors.ts';

export class Slots {
  readonly #what: string;
  readonly #max: number;
  #taken = 0;

  /** @param what in the error: `query` */
  constructor(what: string, max: number) {
    this.#what = what;
    this.#max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * @returns what gives the place back; a second call does nothing
   * @throws HubError HUB_BUSY
   */
  take(): () => void {
    if (this.#taken >= this.#max) throw new HubError('HUB_BUSY', { what: this.#what });
    this.#taken += 1;
    let held = true;
    return () => {
      if (held) this.#taken -= 1;
      held = false;
    };
  }
}

/**
 * What is asked for, or QUERY_TIMEOUT. Stores cannot be stopped: the place is given back when the store has ended, so that
 * slow queries do not pile up behind clients that are told to go.
 */
export async function withinTime<T>(slots: Slots, millisMax: number, ask: () => Promise<T>): Promise<T> {
  const giveBack = slots.take();
  const asked = ask().finally(giveBack);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new HubError('QUERY_TIMEOUT', { millis: millisMax })), millisMax);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
