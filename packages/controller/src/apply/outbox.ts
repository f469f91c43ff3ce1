/**
 * What should stand in the API server, by key, and what does: brings the one to the other, a bounded number at once.
 *
 *     want ─▶ queued ─▶ busy ─▶ stands
 *               │  ▲      │
 *               ▼  └──────┴─▶ waits, longer each time
 *            parked until what it names stands
 *
 * A wish that changes while it is written is written again. One that fails holds up nobody but those that name it.
 */
import { reasonOf } from '../errors.ts';
import { retryMillis } from './failure.ts';
import { FAILURES_TOLD, WRITES_MAX } from './limits.ts';

/** Digest of what is to be gone. */
export const GONE = '';

export interface Wish {
  /** Of the object, or of its status: unique. */
  readonly key: string;
  /** Of those that can be written the least comes first. */
  readonly order: number;
  /** Of what is to stand; GONE. */
  readonly digest: string;
  /** Keys that must stand before, whatever they say. */
  readonly after: readonly string[];
  /** Throws where it failed. */
  readonly write: () => Promise<void>;
}

export interface Failure {
  readonly key: string;
  readonly failures: number;
  readonly reason: string;
}

export interface OutboxOptions {
  /** False when nothing may be begun any more. */
  readonly mayWrite: () => boolean;
  readonly onWritten: (wish: Wish, millis: number) => void;
  readonly onFailed: (wish: Wish, error: unknown, failures: number) => void;
  readonly writesMax?: number;
}

interface Entry {
  wish: Wish;
  state: 'settled' | 'queued' | 'busy' | 'waiting' | 'parked';
  failures: number;
  reason: string;
  timer: NodeJS.Timeout | null;
}

export class Outbox {
  readonly #options: Required<OutboxOptions>;
  readonly #entries = new Map<string, Entry>();
  /** By key, the digest of what stands; absent where nothing does, as far as is known. */
  readonly #standing = new Map<string, string>();
  /** By order, keys. */
  readonly #queues = new Map<number, Set<string>>();
  #busy = 0;
  #unsettled = 0;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = { writesMax: WRITES_MAX, ...options };
  }

  /** As a list has shown it, or the object's watch. @param digest GONE where there is nothing */
  stand(key: string, digest: string): void {
    if (digest === GONE) this.#standing.delete(key);
    else this.#standing.set(key, digest);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.want(entry.wish);
  }

  standing(key: string): string {
    return this.#standing.get(key) ?? GONE;
  }

  /** Of what is wanted. */
  wanted(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Of what stands. */
  present(): readonly string[] {
    return [...this.#standing.keys()];
  }

  want(wish: Wish): void {
    const entry = this.#entries.get(wish.key);
    if (entry === undefined) {
      const made: Entry = { wish, state: 'settled', failures: 0, reason: '', timer: null };
      this.#entries.set(wish.key, made);
      this.#consider(made);
      return;
    }
    const other = entry.wish.digest !== wish.digest;
    entry.wish = wish;
    if (entry.state === 'busy') return;
    // What failed was something else; what is the same keeps waiting.
    if (entry.state === 'waiting' && !other && !this.#stands(entry)) return;
    this.#consider(entry);
  }

  /** Not wanted any more, nor to be gone: whatever stands there stays. What is on its way is not called back. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#move(entry, 'settled');
    this.#entries.delete(key);
    this.#wake();
  }

  #stands(entry: Entry): boolean {
    return this.standing(entry.wish.key) === entry.wish.digest;
  }

  #consider(entry: Entry): void {
    if (this.#stands(entry)) {
      entry.failures = 0;
      this.#move(entry, 'settled');
      this.#wake();
      return;
    }
    this.#move(entry, 'queued');
    this.#pump();
  }

  #move(entry: Entry, state: Entry['state']): void {
    const { key, order } = entry.wish;
    for (const queue of this.#queues.values()) queue.delete(key);
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    if ((entry.state === 'settled') !== (state === 'settled'))
      this.#unsettled += state === 'settled' ? -1 : 1;
    entry.state = state;
    if (state !== 'queued') return;
    const queue = this.#queues.get(order) ?? new Set();
    this.#queues.set(order, queue.add(key));
  }

  #next(): Entry | null {
    for (const order of [...this.#queues.keys()].sort((a, b) => a - b)) {
      for (const key of this.#queues.get(order) ?? []) {
        const entry = this.#entries.get(key);
        if (entry === undefined) continue;
        if (entry.wish.after.every((other) => this.#standing.has(other))) return entry;
        this.#move(entry, 'parked');
      }
    }
    return null;
  }

  #pump(): void {
    while (!this.#stopped && this.#busy < this.#options.writesMax && this.#options.mayWrite()) {
      const entry = this.#next();
      if (entry === null) return;
      this.#busy += 1;
      this.#move(entry, 'busy');
      void this.#write(entry);
    }
  }

  async #write(entry: Entry): Promise<void> {
    const { wish } = entry;
    const began = performance.now();
    try {
      await wish.write();
      this.#options.onWritten(wish, performance.now() - began);
      this.#written(entry, wish);
    } catch (error) {
      entry.failures += 1;
      entry.reason = reasonOf(error);
      this.#options.onFailed(wish, error, entry.failures);
      this.#failed(entry, wish, error);
    } finally {
      this.#busy -= 1;
      this.#pump();
      this.#wake();
    }
  }

  #written(entry: Entry, wish: Wish): void {
    entry.failures = 0;
    if (wish.digest === GONE) this.#standing.delete(wish.key);
    else this.#standing.set(wish.key, wish.digest);
    // It may have been forgotten meanwhile.
    if (this.#entries.get(wish.key) === entry) this.#consider(entry);
    for (const parked of this.#entries.values()) {
      if (parked.state === 'parked' && parked.wish.after.includes(wish.key)) this.#move(parked, 'queued');
    }
  }

  #failed(entry: Entry, wish: Wish, error: unknown): void {
    if (this.#stopped || this.#entries.get(wish.key) !== entry) {
      if (entry.state === 'busy') this.#move(entry, 'settled');
      return;
    }
    if (entry.wish.digest !== wish.digest) {
      this.#consider(entry);
      return;
    }
    this.#move(entry, 'waiting');
    entry.timer = setTimeout(() => this.#consider(entry), retryMillis(entry.failures, error));
  }

  /** What has failed several times in turn, and goes on being tried. */
  failing(): readonly Failure[] {
    return [...this.#entries.values()]
      .filter(({ failures }) => failures >= FAILURES_TOLD)
      .map(({ wish: { key }, failures, reason }) => ({ key, failures, reason }));
  }

  /** Wishes that are not fulfilled yet. */
  get waiting(): number {
    return this.#unsettled;
  }

  /** When nothing is left to be written. */
  settled(): Promise<void> {
    if (this.#unsettled === 0 && this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #wake(): void {
    if (this.#busy > 0 || (this.#unsettled > 0 && !this.#stopped)) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  /** Nothing is begun any more; resolves when nothing is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) {
      if (entry.timer !== null) clearTimeout(entry.timer);
    }
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
