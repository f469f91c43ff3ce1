/** Events as lines of JSON on a file descriptor: what there is before a spool takes them. */
import type { EventSink, Log } from '@sluice/server';
import { LineSink } from './line-sink.ts';

/** Bytes that wait for a slow reader. */
const WAITING_BYTES_MAX = 16_777_216;
const TELL_EVERY_MILLIS = 10_000;

export class EventLog implements EventSink {
  readonly #sink: LineSink;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(fileDescriptor: number, log: Log) {
    this.#sink = new LineSink(fileDescriptor, WAITING_BYTES_MAX, (dropped, reason) => {
      const now = performance.now();
      if (now - this.#toldAt < TELL_EVERY_MILLIS) return;
      this.#toldAt = now;
      log.error({ reason, dropped }, 'events are lost');
    });
  }

  /** Events that were not written. */
  get dropped(): number {
    return this.#sink.dropped;
  }

  accept(event: unknown): void {
    this.#sink.write(`${JSON.stringify(event)}\n`);
  }

  /** Writes what waits, within two seconds. */
  end(): Promise<void> {
    return this.#sink.end();
  }
}
