/** Events as lines of JSON on a file descriptor: what there is before a spool takes them. */
import { type EventSink, type Log, WrittenEvent } from '@sluice/server';
import { LineSink } from './line-sink.ts';

/** Bytes that wait for a slow reader. */
export const EVENTS_WAITING_BYTES_MAX = 16_777_216;
const TELL_EVERY_MILLIS = 10_000;

/** Says in the log that events are lost: the first time, and every ten seconds while it goes on. */
export function tellDropped(log: Log): (dropped: number, reason: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (dropped, reason) => {
    const now = performance.now();
    if (now - toldAt < TELL_EVERY_MILLIS) return;
    toldAt = now;
    log.error({ reason, dropped }, 'events are lost');
  };
}

export class EventLog implements EventSink {
  readonly takesWritten = true;
  readonly #sink: LineSink;

  constructor(fileDescriptor: number, log: Log) {
    this.#sink = new LineSink(fileDescriptor, EVENTS_WAITING_BYTES_MAX, tellDropped(log));
  }

  /** Events that were not written. */
  get dropped(): number {
    return this.#sink.dropped;
  }

  accept(event: unknown): void {
    const json = event instanceof WrittenEvent ? event.json.toString() : JSON.stringify(event);
    this.#sink.write(`${json}\n`);
  }

  /** Writes what waits, within two seconds. */
  end(): Promise<void> {
    return this.#sink.end();
  }
}
