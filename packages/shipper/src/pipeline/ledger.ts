/**
 * Which batches of a spool are done, and up to where it can be committed: batches end in any order, positions are
 * committed in the order of the spool, and never past a batch that is not done.
 */

import { Changes } from './changes.ts';

/** A batch that was read. */
export interface Entry<P> {
  readonly last: P;
  readonly records: number;
  readonly bytes: number;
  done: boolean;
}

export class Ledger<P> {
  readonly committed = new Changes();
  readonly #entries: Entry<P>[] = [];
  readonly #commit: (position: P) => Promise<void>;
  readonly #pause: (error: unknown) => Promise<boolean>;
  #committing: Promise<void> | null = null;
  #bytes = 0;
  #records = 0;

  /** @param pause told of a commit that failed; resolves when it is to be tried again, to false where it is not */
  constructor(commit: (position: P) => Promise<void>, pause: (error: unknown) => Promise<boolean>) {
    this.#commit = commit;
    this.#pause = pause;
  }

  /** Bytes that are read and not committed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that are read and not committed. */
  get records(): number {
    return this.#records;
  }

  open(last: P, records: number, bytes: number): Entry<P> {
    const entry = { last, records, bytes, done: false };
    this.#entries.push(entry);
    this.#bytes += bytes;
    this.#records += records;
    return entry;
  }

  close(entry: Entry<P>): void {
    entry.done = true;
    if (this.#committing !== null || this.#done() === 0) return;
    this.#committing = this.#commitAll().finally(() => {
      this.#committing = null;
    });
  }

  /** Resolves when no commit is under way. */
  async settled(): Promise<void> {
    while (this.#committing !== null) await this.#committing;
  }

  /** One commit at a time; what becomes done meanwhile goes with the next. */
  async #commitAll(): Promise<void> {
    for (let count = this.#done(); count > 0; count = this.#done()) {
      const last = this.#entries[count - 1];
      if (last === undefined) break;
      try {
        await this.#commit(last.last);
      } catch (error) {
        if (await this.#pause(error)) continue;
        break;
      }
      for (const { bytes, records } of this.#entries.splice(0, count)) {
        this.#bytes -= bytes;
        this.#records -= records;
      }
      this.committed.tell();
    }
  }

  /** How many entries from the oldest on are done. */
  #done(): number {
    const open = this.#entries.findIndex((entry) => !entry.done);
    return open === -1 ? this.#entries.length : open;
  }
}
