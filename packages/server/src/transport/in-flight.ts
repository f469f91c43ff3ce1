/** Calls that have no end yet, and waiting for the last of them. */
export class InFlight {
  #count = 0;
  #listeners: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  opened(): void {
    this.#count++;
  }

  closed(): void {
    this.#count--;
    if (this.#count > 0) return;
    for (const listener of this.#listeners) listener();
    this.#listeners = [];
  }

  /** Waits until no call is open, or the time is over. */
  async idle(waitMillis: number): Promise<void> {
    if (this.#count === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#listeners.push(resolve);
    });
    await within(idle, waitMillis);
  }
}

/** Resolves with `work` or after `millis`, whichever is first. */
export async function within(work: Promise<unknown>, millis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

export const pause = (millis: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, millis);
  });
