/** Takes records at once and writes them behind the caller's back: nobody waits for the disk. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, SpoolError } from '../errors.ts';
import { encodePayload, RECORD_HEADER_BYTES } from '../format/record-codec.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import {
  BATCH_BYTES,
  BATCH_MILLIS,
  DEFAULT_SPOOL_LIMITS,
  RECORD_BYTES_LIMIT,
  RELEASE_MILLIS,
  RETRY_MILLIS_MAX,
  RETRY_MILLIS_MIN,
  SEGMENTS_MIN,
  SPOOL_BYTES_MIN,
  type SpoolLimits,
} from '../limits.ts';
import { FileLock } from '../lock.ts';
import { SILENT, type SpoolLog, Teller } from '../log.ts';
import type { DataSet, SpoolRecord } from '../record.ts';
import { type DropCounts, type DropReason, Drops } from './drops.ts';
import { type Recovered, recover } from './recover.ts';
import { Retention } from './retention.ts';
import { type FsyncPolicy, SegmentSink } from './segment-sink.ts';
import { type Batch, WriteQueue } from './write-queue.ts';

/** What goes when the spool has reached its cap. */
export type WhenFull = 'dropOldest' | 'dropNewest';

export interface SpoolWriterOptions {
  readonly directory: string;
  readonly whenFull?: WhenFull;
  readonly fsync?: FsyncPolicy;
  readonly limits?: Partial<SpoolLimits>;
  readonly log?: SpoolLog;
}

export interface WriterStats {
  /** Taken by `append`: each is acknowledged later, or dropped as `closed`. */
  readonly accepted: number;
  /**
   * Of those, in their order, so many from the first on were written: they survive the death of the process, and with fsync `always`
   * that of the machine.
   */
  readonly acknowledged: number;
  readonly dropped: DropCounts;
  /** Bytes in memory that wait for the disk. */
  readonly bufferedBytes: number;
  /** Bytes of all segments, and how many. */
  readonly bytes: number;
  readonly segments: number;
  /** Writes and fsyncs that the disk refused. */
  readonly failures: number;
  /** Why nothing can be written at the moment; null where all is well. */
  readonly failing: string | null;
}

export class SpoolWriter {
  readonly directory: string;
  readonly #limits: SpoolLimits;
  readonly #whenFull: WhenFull;
  readonly #log: SpoolLog;
  readonly #teller: Teller;
  readonly #lock: FileLock;
  readonly #queue: WriteQueue;
  readonly #retention: Retention;
  readonly #sink: SegmentSink;
  readonly #drops = new Drops();
  readonly #releaseTimer: NodeJS.Timeout;
  readonly #waiting: { readonly accepted: number; readonly resolve: () => void }[] = [];
  #accepted = 0;
  #acknowledged = 0;
  #failures = 0;
  #failing: string | null = null;
  #wakeTimer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #isReleaseDue = false;
  #isSyncing = false;
  #isClosed = false;
  /** Aborted when nobody waits for the disk any more. */
  readonly #abandoned = new AbortController();

  private constructor(options: SpoolWriterOptions, limits: SpoolLimits, lock: FileLock, found: Recovered) {
    const { directory, whenFull = 'dropOldest', fsync = { kind: 'never' }, log = SILENT } = options;
    this.directory = directory;
    this.#limits = limits;
    this.#whenFull = whenFull;
    this.#log = log;
    this.#teller = new Teller(log);
    this.#lock = lock;
    this.#queue = new WriteQueue({
      segmentBytes: limits.segmentBytes,
      sequence: found.sequence,
      firstRecord: found.record,
    });
    this.#retention = new Retention(directory, found.segments);
    this.#sink = new SegmentSink(directory, fsync);
    this.#releaseTimer = setInterval(() => {
      this.#isReleaseDue = true;
      this.#run();
    }, RELEASE_MILLIS).unref();
  }

  /**
   * Cuts the torn tail that a killed writer has left, and begins a segment of its own.
   * @throws SpoolError SPOOL_DIRECTORY, SPOOL_IN_USE
   */
  static async open(options: SpoolWriterOptions): Promise<SpoolWriter> {
    const { directory, log = SILENT } = options;
    const limits = withinOneAnother({ ...DEFAULT_SPOOL_LIMITS, ...options.limits });
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new SpoolError('SPOOL_DIRECTORY', { path: directory, reason: reasonOf(cause) }, cause);
    }
    const lock = FileLock.take(join(directory, 'writer.lock'), 'writer', directory);
    try {
      return new SpoolWriter(options, limits, lock, await recover(directory, log));
    } catch (cause) {
      lock.release();
      throw new SpoolError('SPOOL_DIRECTORY', { path: directory, reason: reasonOf(cause) }, cause);
    }
  }

  get stats(): WriterStats {
    return {
      accepted: this.#accepted,
      acknowledged: this.#acknowledged,
      dropped: this.#drops.all,
      bufferedBytes: this.#queue.bytes,
      bytes: this.#retention.bytes,
      segments: this.#retention.segments,
      failures: this.#failures,
      failing: this.#failing,
    };
  }

  /** Takes a record, or drops it, counts and tells that: false. Never throws, never waits. */
  append(record: SpoolRecord): boolean {
    const { dataSet } = record;
    if (this.#isClosed) return this.#drop('closed', dataSet);
    const payload = encode(record);
    if (payload === null) return this.#drop('refused', dataSet);
    const bytes = RECORD_HEADER_BYTES + payload.length;
    if (bytes > this.#limits.recordBytesMax) return this.#drop('refused', dataSet);
    const waiting = this.#queue.bytes + bytes;
    if (waiting > this.#limits.bufferBytesMax) return this.#drop('buffer', dataSet);
    if (this.#whenFull === 'dropNewest' && this.#retention.bytes + waiting > this.#limits.bytesMax) {
      return this.#drop('newest', dataSet);
    }
    this.#queue.push(payload, dataSet);
    this.#accepted++;
    if (this.#queue.bytes >= BATCH_BYTES) this.#run();
    else this.#wakeTimer ??= setTimeout(() => this.#run(), BATCH_MILLIS);
    return true;
  }

  /** Resolves when all that was accepted before is acknowledged; while the disk refuses it, not. */
  flush(): Promise<void> {
    if (this.#acknowledged >= this.#accepted || this.#abandoned.signal.aborted) return Promise.resolve();
    this.#run();
    return new Promise((resolve) => this.#waiting.push({ accepted: this.#accepted, resolve }));
  }

  /**
   * Writes what waits, and lets the spool go.
   * @param millis time for that; what the disk has not taken by then is dropped, counted and told
   */
  async close(millis = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#releaseTimer);
    const timer = Number.isFinite(millis) ? setTimeout(() => this.#abandoned.abort(), millis) : undefined;
    await Promise.race([this.flush(), aborted(this.#abandoned.signal)]);
    clearTimeout(timer);
    const left = this.#accepted - this.#acknowledged;
    if (left > 0) {
      // By data set nobody knows: what waits is encoded.
      this.#drops.add('closed', 'waf', left);
      this.#log.error(
        { directory: this.directory, records: left },
        'events are lost: the disk did not take them',
      );
      // A write that hangs in the kernel cannot be ended; where it ends, the file is closed.
      void Promise.resolve(this.#running).then(() => this.#end());
    } else {
      await this.#running;
      await this.#end();
    }
    this.#lock.release();
  }

  async #end(): Promise<void> {
    try {
      await this.#sink.close();
    } catch (error) {
      this.#failed(error);
    }
  }

  #drop(reason: DropReason, dataSet: DataSet, records = 1): false {
    this.#drops.add(reason, dataSet, records);
    const fields = () => ({
      directory: this.directory,
      reason,
      dataSet,
      dropped: this.#drops.of(reason, dataSet),
      ...(this.#failing === null ? {} : { failing: this.#failing }),
    });
    this.#teller.tell('error', `dropped ${reason}`, fields, 'events are lost');
    return false;
  }

  /** Sees to what is to be done with the disk, unless that is under way. Never fails. */
  #run(): void {
    if (this.#wakeTimer !== null) clearTimeout(this.#wakeTimer);
    this.#wakeTimer = null;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
      if (this.#queue.bytes > 0 && !this.#abandoned.signal.aborted) this.#run();
      else this.#syncLater();
    });
  }

  async #work(): Promise<void> {
    for (let batch = this.#queue.take(); batch !== null; batch = this.#queue.take()) {
      if (!(await this.#untilDone(() => this.#write(batch)))) return;
      this.#retention.grow(batch.segment.sequence, batch.bytes);
      this.#queue.done();
      this.#acknowledged += batch.records;
      this.#tellWaiting();
      this.#syncBehind();
    }
    this.#syncBehind();
    if (!this.#isReleaseDue) return;
    this.#isReleaseDue = false;
    await this.#once(() => this.#retention.release());
  }

  async #write(batch: Batch): Promise<void> {
    while (this.#whenFull === 'dropOldest' && this.#retention.bytes + batch.bytes > this.#limits.bytesMax) {
      const dropped = await this.#retention.dropOldest();
      if (dropped === null) break;
      for (const [dataSet, records] of dropped) this.#drop('oldest', dataSet, records);
    }
    await this.#sink.write(batch);
  }

  /** Resolves to whether it was done before everybody gave up. */
  async #untilDone(task: () => Promise<void>): Promise<boolean> {
    for (let wait = RETRY_MILLIS_MIN; ; wait = Math.min(2 * wait, RETRY_MILLIS_MAX)) {
      if (await this.#once(task)) {
        this.#healed();
        return true;
      }
      const { signal } = this.#abandoned;
      // It ends early, with an error, where everybody gives up.
      await sleep(wait, undefined, { signal }).catch(() => false);
      if (signal.aborted) return false;
      // What readers have read meanwhile may be the room that is missing.
      await this.#once(() => this.#retention.release());
    }
  }

  async #once(task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #failed(error: unknown): void {
    this.#failures++;
    this.#failing = reasonOf(error);
    const fields = () => ({ directory: this.directory, reason: this.#failing, failures: this.#failures });
    this.#teller.tell('error', 'failed', fields, 'the spool cannot be written');
  }

  #healed(): void {
    if (this.#failing === null) return;
    this.#failing = null;
    this.#log.info({ directory: this.directory, failures: this.#failures }, 'the spool can be written again');
  }

  /** Writes go on meanwhile: on a slow disk memory would be full before it is through. */
  #syncBehind(): void {
    if (this.#isSyncing || this.#sink.syncDueMillis !== 0) return;
    this.#isSyncing = true;
    void this.#once(() => this.#sink.sync()).then(() => {
      this.#isSyncing = false;
      this.#syncLater();
    });
  }

  #syncLater(): void {
    const due = this.#sink.syncDueMillis;
    if (due === null || this.#wakeTimer !== null || this.#isSyncing || this.#isClosed) return;
    this.#wakeTimer = setTimeout(() => this.#run(), due);
  }

  #tellWaiting(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].accepted <= this.#acknowledged) {
      this.#waiting.shift()?.resolve();
    }
  }
}

function encode(record: SpoolRecord): Buffer | null {
  try {
    return encodePayload(record, Date.now());
  } catch {
    // No document that msgpack knows: counted by the caller.
    return null;
  }
}

/** A record fits into a segment, and several segments into the spool. */
function withinOneAnother(limits: SpoolLimits): SpoolLimits {
  const bytesMax = Math.max(limits.bytesMax, SPOOL_BYTES_MIN);
  const segmentBytes = Math.min(limits.segmentBytes, Math.floor(bytesMax / SEGMENTS_MIN));
  const recordBytesMax = Math.min(
    limits.recordBytesMax,
    segmentBytes - SEGMENT_HEADER_BYTES,
    RECORD_BYTES_LIMIT,
  );
  return { ...limits, bytesMax, segmentBytes, recordBytesMax };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
