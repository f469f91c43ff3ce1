/** Which ConfigMaps of policies may go: those that nothing has named for a while. */
import { POLICY_UNUSED_MILLIS } from './limits.ts';

export class Garbage {
  /** By digest, when something last named it, by a clock that only goes forward. */
  readonly #usedAt = new Map<string, number>();
  readonly #unusedMillis: number;

  constructor(unusedMillis = POLICY_UNUSED_MILLIS) {
    this.#unusedMillis = unusedMillis;
  }

  /**
   * @param present digests of ConfigMaps that stand
   * @param used digests that the plan or any SluiceNode names
   * @returns digests that may be deleted; one that was never seen in use counts from when it was first seen
   */
  unused(present: Iterable<string>, used: ReadonlySet<string>, now = performance.now()): readonly string[] {
    const digests = new Set(present);
    for (const digest of this.#usedAt.keys()) if (!digests.has(digest)) this.#usedAt.delete(digest);
    return [...digests].filter((digest) => {
      const since = used.has(digest) ? now : (this.#usedAt.get(digest) ?? now);
      this.#usedAt.set(digest, since);
      return now - since > this.#unusedMillis;
    });
  }
}
