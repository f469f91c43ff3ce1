/**
 * How much is on its way to a sink: one batch more for each that it takes until it is busy for the first time, then additive increase
 * while it takes what it is given, and multiplicative decrease when it is busy, of the number of batches first and of their size when
 * one at a time is still too much.
 */
import { BATCH_BYTES_MIN } from '../limits.ts';
import { Changes } from './changes.ts';

export interface WindowOptions {
  readonly inFlightMax: number;
  readonly batchBytesMax: number;
}

export class Window {
  readonly #options: WindowOptions;
  readonly #changes = new Changes();
  #size = 1;
  #bytes: number;
  #taken = 0;
  #round = 0;
  #hasBeenBusy = false;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#bytes = options.batchBytesMax;
  }

  /** Batches that may be on their way at once. */
  get concurrency(): number {
    return Math.floor(this.#size);
  }

  /** Bytes that the next batch may have. */
  get batchBytes(): number {
    return Math.floor(this.#bytes);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Waits for a place; null where `signal` was aborted before there was one. @returns what to tell `busy` */
  async enter(signal: AbortSignal): Promise<number | null> {
    while (this.#taken >= this.concurrency) {
      if (signal.aborted) return null;
      await this.#changes.next(signal);
    }
    if (signal.aborted) return null;
    this.#taken += 1;
    return this.#round;
  }

  leave(): void {
    this.#taken -= 1;
    this.#changes.tell();
  }

  /** The sink took all of a batch. */
  took(): void {
    const { inFlightMax, batchBytesMax } = this.#options;
    this.#size = Math.min(inFlightMax, this.#size + (this.#hasBeenBusy ? 1 / this.#size : 1));
    this.#bytes = Math.min(batchBytesMax, this.#bytes + batchBytesMax / 16);
    this.#changes.tell();
  }

  /**
   * The sink was busy, or away.
   * @param round of the attempt: what was sent before the window became smaller tells nothing of the smaller one
   */
  busy(round: number): void {
    if (round !== this.#round) return;
    this.#hasBeenBusy = true;
    if (this.#size < 2) this.#bytes = Math.max(this.#floor(), this.#bytes / 2);
    this.#size = Math.max(1, this.#size / 2);
    this.#round += 1;
  }

  #floor(): number {
    return Math.min(BATCH_BYTES_MIN, this.#options.batchBytesMax);
  }
}
