/**
 * Collections that outlive a transaction (initcol): IP, GLOBAL, SESSION, USER, RESOURCE. Kept in the memory of one
 * process, which shares them with no other, and bounded: the record that was used longest ago makes room.
 */
import { asciiLower } from '../bytes.ts';
import { leadingInteger } from '../operators/leading-integer.ts';
import { makePair, NO_PAIRS, type Pair } from './pair.ts';

export const PERSISTENT_COLLECTIONS: readonly string[] = ['GLOBAL', 'IP', 'RESOURCE', 'SESSION', 'USER'];

export interface StoreLimits {
  readonly recordsMax: number;
  /** Of one record. */
  readonly variablesMax: number;
  /** Bytes of a variable's name and value together. */
  readonly variableBytesMax: number;
}

/** When a transaction runs, and what its collections need to know of its policy. */
export interface OpenOptions {
  /** Seconds since the epoch. */
  readonly now: number;
  /** SecCollectionTimeout: seconds after its last change that a record is forgotten. */
  readonly timeoutSeconds: number;
  /** SecWebAppId: sessions and users of different applications are different. */
  readonly webAppId: string;
}

/** Where records are: in the memory of the process, or in a fork of it. */
export interface RecordStore {
  readonly limits: StoreLimits;
  /** The record of a key, without what has expired. One that is new takes no room before it is written. */
  open(collection: string, key: string, options: OpenOptions): PersistentRecord;
  find(name: string): Kept | undefined;
  findOrMake(name: string, make: () => Kept): Kept;
}

/** What is kept of a record. */
export interface Kept {
  readonly pairs: Map<string, Pair>;
  /** Seconds since the epoch, by the lower-case name of the variable that ends then (expirevar). */
  readonly ends: Map<string, number>;
  readonly createdAt: number;
  updatedAt: number;
  updates: number;
  timeoutSeconds: number;
}

/** Variables that each record has by itself (reference manual, "Collection"); only TIMEOUT can be set. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'create_time',
  'is_new',
  'key',
  'last_update_time',
  'timeout',
  'update_counter',
  'update_rate',
]);

const SECONDS_A_MINUTE = 60;

/** One record as one transaction sees it. Changes are seen at once by all; what the record tells of itself is as opened. */
export class PersistentRecord {
  readonly #store: RecordStore;
  readonly #name: string;
  readonly #key: string;
  readonly #options: OpenOptions;
  /** What the record said of itself when it was opened, but for TIMEOUT, which can be set. */
  readonly #builtIn: readonly Pair[];
  readonly #openedUpdatedAt: number;
  #changed = false;

  /** @param origin the same record, opened before: what it said of itself then still holds */
  constructor(
    store: RecordStore,
    name: string,
    key: string,
    options: OpenOptions,
    origin: PersistentRecord | null = null,
  ) {
    this.#store = store;
    this.#name = name;
    this.#key = key;
    this.#options = options;
    if (origin === null) {
      const kept = store.find(name);
      this.#openedUpdatedAt = kept?.updatedAt ?? options.now;
      this.#builtIn = this.#describe(kept);
    } else {
      this.#openedUpdatedAt = origin.#openedUpdatedAt;
      this.#builtIn = origin.#builtIn;
      this.#changed = origin.#changed;
    }
  }

  /** The same record, whose changes go to another store. */
  fork(store: RecordStore): PersistentRecord {
    return new PersistentRecord(store, this.#name, this.#key, this.#options, this);
  }

  get(lowerKey: string): string | undefined {
    if (BUILT_IN.has(lowerKey)) return this.#builtInOf(lowerKey);
    return this.#store.find(this.#name)?.pairs.get(lowerKey)?.value;
  }

  /** Stores a variable; false where the record is full and the name is new, or the value is too long. */
  set(name: string, value: string): boolean {
    const lowerKey = asciiLower(name);
    if (BUILT_IN.has(lowerKey)) return lowerKey === 'timeout' && this.#setTimeout(value);
    const { variablesMax, variableBytesMax } = this.#store.limits;
    if (name.length + value.length > variableBytesMax) return false;
    const kept = this.#change();
    if (!kept.pairs.has(lowerKey) && kept.pairs.size >= variablesMax) return false;
    kept.pairs.set(lowerKey, makePair(name, value));
    return true;
  }

  remove(name: string): void {
    const lowerKey = asciiLower(name);
    if (this.get(lowerKey) === undefined || BUILT_IN.has(lowerKey)) return;
    const kept = this.#change();
    kept.pairs.delete(lowerKey);
    kept.ends.delete(lowerKey);
  }

  /** expirevar: the variable is gone when the record is opened that many seconds from now, or later. */
  expire(name: string, seconds: number): void {
    const lowerKey = asciiLower(name);
    if (BUILT_IN.has(lowerKey) || lowerKey.length > this.#store.limits.variableBytesMax) return;
    const kept = this.#change();
    if (!kept.ends.has(lowerKey) && kept.ends.size >= this.#store.limits.variablesMax) return;
    kept.ends.set(lowerKey, this.#options.now + seconds);
  }

  /** deprecatevar: takes `amount` off for every `seconds` since the record changed before this transaction; not below 0. */
  deprecate(name: string, amount: number, seconds: number): void {
    const value = this.get(asciiLower(name));
    if (value === undefined) return;
    const periods = Math.floor((this.#options.now - this.#openedUpdatedAt) / seconds);
    const before = leadingInteger(value);
    const after = Math.max(0, before - amount * periods);
    if (after !== before) this.set(name, String(after));
  }

  /** All variables, those that the record has by itself first. */
  list(): readonly Pair[] {
    const pairs = this.#store.find(this.#name)?.pairs;
    const timeout = makePair('TIMEOUT', this.#builtInOf('timeout') ?? '');
    return [...this.#builtIn, timeout, ...(pairs?.values() ?? NO_PAIRS)];
  }

  #setTimeout(value: string): boolean {
    this.#change().timeoutSeconds = leadingInteger(value);
    return true;
  }

  #builtInOf(lowerKey: string): string | undefined {
    if (lowerKey === 'timeout') {
      const kept = this.#store.find(this.#name);
      return String(kept?.timeoutSeconds ?? this.#options.timeoutSeconds);
    }
    return this.#builtIn.find((pair) => pair.lowerKey === lowerKey)?.value;
  }

  /** The record, made where it is not there yet, and counted as changed once a transaction. */
  #change(): Kept {
    const { now, timeoutSeconds } = this.#options;
    const kept = this.#store.findOrMake(this.#name, () => ({
      pairs: new Map(),
      ends: new Map(),
      createdAt: now,
      updatedAt: now,
      updates: 0,
      timeoutSeconds,
    }));
    if (!this.#changed) kept.updates += 1;
    this.#changed = true;
    kept.updatedAt = now;
    return kept;
  }

  #describe(kept: Kept | undefined): readonly Pair[] {
    const { now } = this.#options;
    const { createdAt, updatedAt, updates } = kept ?? { createdAt: now, updatedAt: now, updates: 0 };
    const age = now - createdAt;
    return [
      makePair('KEY', this.#key),
      makePair('CREATE_TIME', String(createdAt)),
      makePair('LAST_UPDATE_TIME', String(updatedAt)),
      makePair('UPDATE_COUNTER', String(updates)),
      // Changes a minute since the record was made.
      makePair('UPDATE_RATE', String(age > 0 ? Math.floor((updates * SECONDS_A_MINUTE) / age) : 0)),
      makePair('IS_NEW', kept === undefined ? '1' : '0'),
    ];
  }
}

/** Collections of which each application has its own (reference manual, "SecWebAppId"). */
const BY_APPLICATION: ReadonlySet<string> = new Set(['RESOURCE', 'SESSION', 'USER']);

export const recordName = (collection: string, key: string, { webAppId }: OpenOptions): string =>
  JSON.stringify([collection, BY_APPLICATION.has(collection) ? webAppId : '', key]);

/** All records of a process. */
export class PersistentStore implements RecordStore {
  readonly limits: StoreLimits;
  readonly #records = new Map<string, Kept>();

  constructor(limits: StoreLimits) {
    this.limits = limits;
  }

  open(collection: string, key: string, options: OpenOptions): PersistentRecord {
    const name = recordName(collection, key, options);
    const kept = this.#records.get(name);
    if (kept !== undefined) {
      // Insertion order is the order of use: deleting and setting moves a record to the end.
      this.#records.delete(name);
      if (options.now < kept.updatedAt + kept.timeoutSeconds) {
        dropEnded(kept, options.now);
        this.#records.set(name, kept);
      }
    }
    return new PersistentRecord(this, name, key, options);
  }

  find(name: string): Kept | undefined {
    return this.#records.get(name);
  }

  findOrMake(name: string, make: () => Kept): Kept {
    const found = this.#records.get(name);
    if (found !== undefined) return found;
    if (this.#records.size >= this.limits.recordsMax) this.#dropOldest();
    const made = make();
    this.#records.set(name, made);
    return made;
  }

  get size(): number {
    return this.#records.size;
  }

  #dropOldest(): void {
    const oldest = this.#records.keys().next();
    if (!oldest.done) this.#records.delete(oldest.value);
  }
}

export function dropEnded(kept: Kept, now: number): void {
  for (const [lowerKey, end] of kept.ends) {
    if (end > now) continue;
    kept.ends.delete(lowerKey);
    kept.pairs.delete(lowerKey);
  }
}
