/**
 * Queues by key, served so that each key gets the same share of what is charged (start-time fair queueing). A key that
 * was idle begins at the share of those who wait: it has nothing saved up, and nobody who was busy is punished for longer
 * than others wait. So no key starves, and the flood of one costs another at most what is being served.
 */

/** What each key was charged, over all queues that share it. */
export class Shares {
  readonly #served = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  /** The share from which those begin who come. */
  #floor = 0;

  /** Something of a key begins to wait. */
  enter(key: string): void {
    const waiting = this.#waiting.get(key) ?? 0;
    this.#waiting.set(key, waiting + 1);
    if (waiting === 0) this.#served.set(key, Math.max(this.#floor, this.#served.get(key) ?? 0));
  }

  /** It no longer waits. */
  leave(key: string): void {
    const waiting = (this.#waiting.get(key) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(key, waiting);
    else this.#waiting.delete(key);
  }

  of(key: string): number {
    return this.#served.get(key) ?? this.#floor;
  }

  /** A key is served next: who comes later begins no earlier. */
  serve(key: string): void {
    this.#floor = Math.max(this.#floor, this.of(key));
    if (this.#served.size > 2 * this.#waiting.size + SHARES_KEPT) this.#forget();
  }

  charge(key: string, cost: number): void {
    this.#served.set(key, this.of(key) + cost);
  }

  /** Keys at or below the floor would begin there anyway. */
  #forget(): void {
    for (const [key, served] of this.#served) {
      if (served <= this.#floor && !this.#waiting.has(key)) this.#served.delete(key);
    }
  }
}

/** Shares of idle keys that are looked through at most now and then. */
const SHARES_KEPT = 64;

export class FairQueue<T> {
  readonly #shares: Shares;
  readonly #queues = new Map<string, Set<T>>();
  #length = 0;

  /** @param shares given where several queues are charged together */
  constructor(shares: Shares = new Shares()) {
    this.#shares = shares;
  }

  get length(): number {
    return this.#length;
  }

  /** An item may be in the queue once. */
  push(key: string, item: T): void {
    const queue = this.#queues.get(key) ?? new Set<T>();
    this.#queues.set(key, queue);
    queue.add(item);
    this.#length++;
    this.#shares.enter(key);
  }

  /** The next of the key that was charged least. */
  peek(): { readonly key: string; readonly item: T } | undefined {
    let best: string | undefined;
    for (const key of this.#queues.keys()) {
      if (best === undefined || this.#shares.of(key) < this.#shares.of(best)) best = key;
    }
    if (best === undefined) return undefined;
    for (const item of this.#queues.get(best) ?? []) return { key: best, item };
    return undefined;
  }

  shift(): T | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#shares.serve(first.key);
    this.remove(first.key, first.item);
    return first.item;
  }

  /** Whether it was there. */
  remove(key: string, item: T): boolean {
    const queue = this.#queues.get(key);
    if (queue === undefined || !queue.delete(item)) return false;
    if (queue.size === 0) this.#queues.delete(key);
    this.#length--;
    this.#shares.leave(key);
    return true;
  }

  charge(key: string, cost: number): void {
    this.#shares.charge(key, cost);
  }

  /** Everything, in no order of importance; the queue is empty then. */
  drain(): readonly T[] {
    const all: T[] = [];
    for (const [key, queue] of this.#queues) {
      for (const item of queue) {
        all.push(item);
        this.#shares.leave(key);
      }
    }
    this.#queues.clear();
    this.#length = 0;
    return all;
  }
}
