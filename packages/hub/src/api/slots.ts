/** How many of a kind may be under way at once. Who finds no room is told so, or waits where it is said that they may. */
import { HubError } from '../errors.ts';

export class Slots {
  readonly #what: string;
  readonly #max: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

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
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#wake();
    };
  }

  /** Each place that is given back is one's to know of: who was told is no longer among those who wait. */
  #wake(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }

  /**
   * A place, now or as soon as there is one; in the order in which they came.
   * @param waitingMax who else may wait already
   * @param gone whoever asked has left: they wait no longer
   * @throws HubError HUB_BUSY
   */
  async enter(waitingMax: number, gone: AbortSignal): Promise<() => void> {
    // Whoever came meanwhile may have taken the place that was given back.
    while (this.#taken >= this.#max && this.#waiting.size < waitingMax) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      const leave = (): void => resolve();
      gone.addEventListener('abort', leave, { once: true });
      if (gone.aborted) resolve();
      await promise;
      gone.removeEventListener('abort', leave);
      if (!gone.aborted) continue;
      // One who was told of a place and has left passes it on.
      if (!this.#waiting.delete(resolve)) this.#wake();
      throw new HubError('HUB_BUSY', { what: this.#what });
    }
    return this.take();
  }
}

/** For who waits for a place. */
export interface Waiting {
  readonly waitingMax: number;
  readonly gone: AbortSignal;
}

const NO_WAITING: Waiting = { waitingMax: 0, gone: new AbortController().signal };

/**
 * What is asked for, or QUERY_TIMEOUT. Stores cannot be stopped: the place is given back when the store has ended, so that
 * slow queries do not pile up behind clients that are told to go.
 */
export async function withinTime<T>(
  slots: Slots,
  millisMax: number,
  ask: () => Promise<T>,
  { waitingMax, gone }: Waiting = NO_WAITING,
): Promise<T> {
  const giveBack = await slots.enter(waitingMax, gone);
  const asked = ask().finally(giveBack);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new HubError('QUERY_TIMEOUT', { millis: millisMax })), millisMax);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
