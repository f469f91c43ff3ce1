/** What a pipeline has done, and how it stands: for metrics, status and readiness. */

import { reasonOf } from '../errors.ts';
import { DEAD_CODES_MAX } from '../limits.ts';

/** Why the last attempt failed, since when none succeeded. */
export interface Trouble {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export class Progress {
  /** Records that the sink has. */
  stored = 0;
  /** Bytes of them, as they were in the spool. */
  storedBytes = 0;
  /** Records that were given once more. */
  retried = 0;
  /** Attempts that ended without an answer. */
  failedAttempts = 0;
  /** Attempts at which the sink was too busy for some of the records. */
  busyAttempts = 0;
  /** Batches that the sink was given. */
  batches = 0;
  failedCommits = 0;
  failedReads = 0;
  readonly #dead = new Map<string, number>();
  #trouble: Trouble | null = null;

  /** Null while the sink takes what it is given. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Dead letters by code. */
  get dead(): ReadonlyMap<string, number> {
    return this.#dead;
  }

  countDead(code: string): void {
    const known = this.#dead.has(code) || this.#dead.size < DEAD_CODES_MAX;
    const name = known ? code : 'other';
    this.#dead.set(name, (this.#dead.get(name) ?? 0) + 1);
  }

  /** @returns whether this is where the trouble begins */
  failed(thrown: unknown, now: number): boolean {
    const first = this.#trouble === null;
    this.#trouble = { reason: reasonOf(thrown), since: this.#trouble?.since ?? now };
    return first;
  }

  /** @returns milliseconds for which there was trouble; null where there was none */
  succeeded(now: number): number | null {
    const since = this.#trouble?.since;
    this.#trouble = null;
    return since === undefined ? null : now - since;
  }
}
