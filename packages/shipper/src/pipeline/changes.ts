/** Something that others wait for to change. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next change, or when `signal` is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const go = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
    });
  }

  /** Wakes all who wait: who finds it not to his liking waits again. */
  tell(): void {
    for (const go of [...this.#waiting]) go();
  }
}
