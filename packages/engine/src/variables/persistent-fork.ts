/** A store whose changes nobody else sees: what rules write while a part of a message is judged must leave no trace. */
import {
  dropEnded,
  type Kept,
  type OpenOptions,
  PersistentRecord,
  type RecordStore,
  recordName,
  type StoreLimits,
} from './persistent.ts';

export class PersistentFork implements RecordStore {
  readonly limits: StoreLimits;
  readonly #origin: RecordStore;
  /** What was written here, or null for a record that has expired. */
  readonly #own = new Map<string, Kept | null>();

  constructor(origin: RecordStore) {
    this.#origin = origin;
    this.limits = origin.limits;
  }

  open(collection: string, key: string, options: OpenOptions): PersistentRecord {
    const name = recordName(collection, key, options);
    const kept = this.find(name);
    if (kept !== undefined) {
      const isAlive = options.now < kept.updatedAt + kept.timeoutSeconds;
      const own = isAlive ? copyOf(kept) : null;
      if (own !== null) dropEnded(own, options.now);
      this.#own.set(name, own);
    }
    return new PersistentRecord(this, name, key, options);
  }

  find(name: string): Kept | undefined {
    const own = this.#own.get(name);
    return own === undefined ? this.#origin.find(name) : (own ?? undefined);
  }

  /** A record that there is no room for elsewhere has room here: none outlives the judgement. */
  findOrMake(name: string, make: () => Kept): Kept {
    const own = this.#own.get(name);
    if (own !== undefined && own !== null) return own;
    const found = own === null ? undefined : this.#origin.find(name);
    const made = found === undefined ? make() : copyOf(found);
    this.#own.set(name, made);
    return made;
  }
}

const copyOf = (kept: Kept): Kept => ({ ...kept, pairs: new Map(kept.pairs), ends: new Map(kept.ends) });
