/**
 * Memory that both sides see: a fixed number of slabs of one size. The main thread copies a chunk into as many as it needs
 * and frees them when the worker has answered; the worker reads them in place. Where none is free, a chunk waits, which
 * is the back-pressure: whoever sent it is not asked for more.
 */
import { ServerError } from '../errors.ts';
import type { Pieces } from './contract.ts';
import { FairQueue } from './fair-queue.ts';
import { Ledger } from './ledger.ts';

export interface SlabOptions {
  readonly slabs: number;
  readonly slabBytes: number;
  /** Bytes of chunks that wait, in the heap. */
  readonly slabWaitBytesMax: number;
}

interface Waiter {
  readonly bytes: Uint8Array;
  readonly resolve: (pieces: Pieces) => void;
}

export class Slabs {
  readonly memory: SharedArrayBuffer;
  readonly slabBytes: number;
  readonly #bytes: Uint8Array;
  readonly #free: number[];
  readonly #count: number;
  /** By policy, so that the many chunks of one do not stand in front of another's. */
  readonly #waiters = new FairQueue<Waiter>();
  readonly #waiting: Ledger;

  constructor({ slabs, slabBytes, slabWaitBytesMax }: SlabOptions) {
    this.memory = new SharedArrayBuffer(slabs * slabBytes);
    this.slabBytes = slabBytes;
    this.#bytes = new Uint8Array(this.memory);
    this.#free = Array.from({ length: slabs }, (_, index) => slabs - 1 - index);
    this.#count = slabs;
    this.#waiting = new Ledger('bytes that wait for a slab', slabWaitBytesMax);
  }

  get inUse(): number {
    return this.#count - this.#free.length;
  }

  /** Chunks that wait. */
  get waiters(): number {
    return this.#waiters.length;
  }

  /** Chunks that found no slab and no room to wait. */
  get refused(): number {
    return this.#waiting.refused;
  }

  /** Bytes that one `put` takes: no chunk may need more slabs than there are, nor hold most of them by itself. */
  get putBytesMax(): number {
    return Math.max(1, Math.min(16, this.#count >> 2)) * this.slabBytes;
  }

  /**
   * Copies bytes into slabs, now or once there are any. `bytes` may be overwritten when this returns.
   *
   * @throws ServerError POOL_FULL where too much waits already
   */
  put(policy: string, bytes: Uint8Array): Pieces | Promise<Pieces> {
    if (this.#waiters.length === 0 && this.#fits(bytes)) return this.#copy(bytes);
    this.#waiting.take(policy, bytes.byteLength);
    const { promise, resolve } = Promise.withResolvers<Pieces>();
    // `slice` of a Buffer would be a view.
    this.#waiters.push(policy, { bytes: new Uint8Array(bytes), resolve });
    return promise;
  }

  free(pieces: Pieces): void {
    for (let at = 0; at < pieces.length; at += 2) this.#free.push(pieces[at] ?? 0);
    while (true) {
      const first = this.#waiters.peek();
      if (first === undefined || !this.#fits(first.item.bytes)) return;
      this.#waiters.shift();
      const { key, item } = first;
      this.#waiting.give(key, item.bytes.byteLength);
      this.#waiters.charge(key, item.bytes.byteLength);
      item.resolve(this.#copy(item.bytes));
    }
  }

  #fits(bytes: Uint8Array): boolean {
    return Math.ceil(bytes.byteLength / this.slabBytes) <= this.#free.length;
  }

  #copy(bytes: Uint8Array): Pieces {
    const pieces: number[] = [];
    for (let from = 0; from < bytes.byteLength; from += this.slabBytes) {
      const slab = this.#free.pop();
      if (slab === undefined)
        throw new ServerError('INSPECTION_INVALID', { what: 'more slabs than are free' });
      const part = bytes.subarray(from, from + this.slabBytes);
      this.#bytes.set(part, slab * this.slabBytes);
      pieces.push(slab, part.byteLength);
    }
    return pieces;
  }
}

/** The worker's side: the pieces in order, as views of the shared memory. */
export function* viewsOf(
  memory: SharedArrayBuffer,
  slabBytes: number,
  pieces: Pieces,
): Generator<Uint8Array> {
  for (let at = 0; at < pieces.length; at += 2) {
    yield new Uint8Array(memory, (pieces[at] ?? 0) * slabBytes, pieces[at + 1] ?? 0);
  }
}
