/** Where the events of a process go: into its spool, to standard output, or both. */
import type { Config, EventSink, Log } from '@sluice/server';
import { EventLog } from './event-log.ts';
import { EventSpool } from './event-spool.ts';

export interface EventSinks {
  /** Null where nobody wants events: then none is made. */
  readonly sink: EventSink | null;
  /** Null where there is none. */
  readonly spool: EventSpool | null;
  /** Writes what waits. Nothing is taken afterwards. */
  end(): Promise<void>;
}

/** @throws SpoolError SPOOL_DIRECTORY, SPOOL_IN_USE */
export async function openEventSinks({ events }: Config, log: Log): Promise<EventSinks> {
  const spool = events.spool === false ? null : await EventSpool.open(events.spool, log);
  const lines = events.stdout ? new EventLog(1, log) : null;
  return {
    spool,
    sink: sinkOf(lines, spool),
    async end() {
      await Promise.all([spool?.close(), lines?.end()]);
    },
  };
}

function sinkOf(lines: EventLog | null, spool: EventSpool | null): EventSink | null {
  // Standard output has all of them.
  if (lines === null || spool === null) return lines ?? spool;
  return {
    takesWritten: true,
    accept(event) {
      lines.accept(event);
      spool.accept(event);
    },
  };
}
