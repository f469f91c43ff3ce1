/**
 * Collections that outlive a transaction (initcol): IP, GLOBAL, SESSION, USER, RESOURCE. Kept in the memory of one
 * process, which shares them with no other, and bounded: the record that was used longest ago makes room.
 */
import { asciiLower } from '../bytes.ts';
import { makePair, NO_PAIRS, type Pair } from './pair.ts';

export const PERSISTENT_COLLECTIONS: readonly string[] = ['GLOBAL', 'IP', 'RESOURCE', 'SESSION', 'USER'];

/** One record: its variables by lower-case name. */
export class PersistentRecord {
  readonly #pairs = new Map<string, Pair>();
  readonly #variablesMax: number;

  constructor(variablesMax: number) {
    this.#variablesMax = variablesMax;
  }

  get(lowerKey: string): string | undefined {
    return this.#pairs.get(lowerKey)?.value;
  }

  /** Stores a variable; false where the record is full and the name is new. */
  set(name: string, value: string): boolean {
    const lowerKey = asciiLower(name);
    if (!this.#pairs.has(lowerKey) && this.#pairs.size >= this.#variablesMax) return false;
    this.#pairs.set(lowerKey, makePair(name, value));
    return true;
  }

  remove(name: string): void {
    this.#pairs.delete(asciiLower(name));
  }

  list(): readonly Pair[] {
    return this.#pairs.size === 0 ? NO_PAIRS : [...this.#pairs.values()];
  }
}

/** All records of a process. */
export class PersistentStore {
  readonly #records = new Map<string, PersistentRecord>();
  readonly #recordsMax: number;
  readonly #variablesMax: number;

  constructor(limits: { readonly recordsMax: number; readonly variablesMax: number }) {
    this.#recordsMax = limits.recordsMax;
    this.#variablesMax = limits.variablesMax;
  }

  /** The record of a key, made where it is not there yet. */
  open(collection: string, key: string): PersistentRecord {
    const name = `${collection}\n${key}`;
    const found = this.#records.get(name);
    const record = found ?? new PersistentRecord(this.#variablesMax);
    // Insertion order is the order of use: deleting and setting moves a record to the end.
    if (found !== undefined) this.#records.delete(name);
    else if (this.#records.size >= this.#recordsMax) this.#dropOldest();
    this.#records.set(name, record);
    return record;
  }

  get size(): number {
    return this.#records.size;
  }

  #dropOldest(): void {
    const oldest = this.#records.keys().next();
    if (!oldest.done) this.#records.delete(oldest.value);
  }
}
