/** Events on their way into the spool: those of one source that floods are summed up first. */
import { makeEventId } from '@sluice/engine';
import { type Config, type EventShares, type EventSink, type Log, WrittenEvent } from '@sluice/server';
import {
  type Document,
  FloodGuard,
  type FloodStats,
  type FsyncPolicy,
  recordOf,
  recordOfText,
  type SpoolLag,
  type SpoolRecord,
  SpoolWriter,
  spoolLags,
  textAt,
  type WriterStats,
} from '@sluice/spool';
import { ServeError } from './errors.ts';

export type SpoolSettings = Exclude<Config['events']['spool'], false>;

/** Time that the disk has for what waits in memory, when the process ends. */
const CLOSE_MILLIS_MAX = 5_000;

const fsyncOf = ({ fsync, fsyncMillis }: SpoolSettings): FsyncPolicy =>
  fsync === 'interval' ? { kind: 'interval', millis: fsyncMillis } : { kind: fsync };

export class EventSpool implements EventSink {
  readonly takesWritten = true;
  readonly #writer: SpoolWriter;
  readonly #guard: FloodGuard;

  private constructor(writer: SpoolWriter, guard: FloodGuard) {
    this.#writer = writer;
    this.#guard = guard;
  }

  /** @throws SpoolError SPOOL_DIRECTORY, SPOOL_IN_USE */
  static async open(settings: SpoolSettings, log: Log): Promise<EventSpool> {
    const { directory, bytesMax, segmentBytes, bufferBytesMax, whenFull, flood } = settings;
    const writer = await SpoolWriter.open({
      directory,
      whenFull,
      fsync: fsyncOf(settings),
      limits: { bytesMax, segmentBytes, bufferBytesMax },
      log,
    });
    const append = (record: SpoolRecord): boolean => writer.append(record);
    return new EventSpool(writer, new FloodGuard({ limits: flood, append, makeId: makeEventId }));
  }

  get writer(): WriterStats {
    return this.#writer.stats;
  }

  get flood(): FloodStats {
    return this.#guard.stats;
  }

  /** How far each reader is behind, by its name. */
  lags(): Promise<ReadonlyMap<string, SpoolLag>> {
    return spoolLags(this.#writer.directory);
  }

  /** @throws ServeError EVENT_UNKNOWN */
  accept(event: unknown): void {
    this.#guard.accept(recordOfEvent(event));
  }

  /** Events are asked for where they are kept whole, and only counted elsewhere. */
  readonly shares: EventShares = {
    admits: (source) => this.#guard.admits(source),
    keep: (event) => this.#guard.keep(recordOfEvent(event)),
    count: (event) => {
      const document = documentOf(event);
      this.#guard.count({ dataSet: 'waf', source: textAt(document, 'source', 'ip'), document });
    },
  };

  /** Takes what is no event of a request: nobody's flood. False where it is dropped, which is counted. */
  append(record: SpoolRecord): boolean {
    return this.#writer.append(record);
  }

  /** A line for /readyz. Requests are judged whatever becomes of the spool. */
  line(): string {
    const { failing, bytes, bufferedBytes } = this.#writer.stats;
    const { directory } = this.#writer;
    return failing === null
      ? `spool ${directory}: ${bytes} bytes`
      : `spool ${directory} cannot be written: ${failing}; ${bufferedBytes} bytes wait in memory`;
  }

  /** Writes what waits, for as long as the end of a process may take. */
  async close(): Promise<void> {
    this.#guard.close();
    await this.#writer.close(CLOSE_MILLIS_MAX);
  }
}

const isDocument = (event: unknown): event is Document =>
  typeof event === 'object' && event !== null && !Array.isArray(event);

/** @throws ServeError EVENT_UNKNOWN */
function documentOf(event: unknown): Document {
  if (!isDocument(event)) throw new ServeError('EVENT_UNKNOWN', {});
  return event;
}

/** @throws ServeError EVENT_UNKNOWN */
function recordOfEvent(event: unknown): SpoolRecord {
  if (event instanceof WrittenEvent) {
    return recordOfText({ dataSet: 'waf', id: event.id, source: event.source }, event.json);
  }
  const record = recordOf(documentOf(event));
  if (record === null) throw new ServeError('EVENT_UNKNOWN', {});
  return record;
}
