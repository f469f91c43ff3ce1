/** Reads a spool in order, from where it was left, while another process writes it. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, SpoolError } from '../errors.ts';
import { SegmentCursor } from '../format/segment-cursor.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { POLL_MILLIS, READERS_MAX, STALL_MILLIS } from '../limits.ts';
import { FileLock } from '../lock.ts';
import { SILENT, type SpoolLog, Teller } from '../log.ts';
import type { SpoolRecord } from '../record.ts';
import { listSegments, segmentPath } from '../segments.ts';
import { lagOf, type SpoolLag } from './lag.ts';
import {
  BEGINNING,
  loadPosition,
  positionPath,
  readerNames,
  readersDirectory,
  removePosition,
  type SpoolPosition,
  savePosition,
} from './position.ts';

export interface SpoolReaderOptions {
  readonly directory: string;
  /** Under this its position is kept: `elasticsearch`. */
  readonly name: string;
  /** Whether a committed position survives the loss of power at once; without it, soon. */
  readonly sync?: boolean;
  readonly log?: SpoolLog;
}

export interface SpoolEntry {
  readonly record: SpoolRecord;
  /** Behind the record: committed, it and all before are done. */
  readonly position: SpoolPosition;
  /** When the writer took it, milliseconds since the epoch. */
  readonly writtenAt: number;
  /** On disk. */
  readonly bytes: number;
}

export interface ReadOptions {
  readonly recordsMax: number;
  /** Bytes on disk. One record is given, however large it is. */
  readonly bytesMax: number;
  /** Ends the waiting: what is there is given, perhaps nothing. */
  readonly signal?: AbortSignal;
  /** Time to wait for the first record; without it, until there is one. 0: only what is there. */
  readonly waitMillis?: number;
}

/** Since the reader was opened. */
export interface ReaderStats {
  readonly read: number;
  /** Records that were dropped or damaged before they were read. */
  readonly lost: number;
  /** Bytes that were no records, in which some may have been. */
  readonly damagedBytes: number;
}

export class SpoolReader {
  readonly name: string;
  readonly directory: string;
  readonly #options: SpoolReaderOptions;
  readonly #lock: FileLock;
  readonly #teller: Teller;
  #committed: SpoolPosition;
  #at: SpoolPosition;
  #cursor: SegmentCursor | null = null;
  #stalledAt: { readonly offset: number; readonly size: number; readonly since: number } | null = null;
  #stats = { read: 0, lost: 0, damagedBytes: 0 };
  #reading: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(options: SpoolReaderOptions, lock: FileLock, position: SpoolPosition) {
    this.#options = options;
    this.name = options.name;
    this.directory = options.directory;
    this.#teller = new Teller(options.log ?? SILENT);
    this.#lock = lock;
    this.#committed = position;
    this.#at = position;
  }

  /**
   * Goes on where its name was left. A new name begins at the oldest record that there is; from then on no record is removed
   * before it has read it, but by the cap of the spool. The spool need not be there yet.
   *
   * @throws SpoolError SPOOL_READER_NAME, SPOOL_READERS, SPOOL_IN_USE, SPOOL_DIRECTORY, SPOOL_POSITION, SPOOL_COMMIT
   */
  static async open(options: SpoolReaderOptions): Promise<SpoolReader> {
    const { directory, name } = options;
    const path = positionPath(directory, name);
    try {
      await mkdir(readersDirectory(directory), { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new SpoolError('SPOOL_DIRECTORY', { path: directory, reason: reasonOf(cause) }, cause);
    }
    const lock = FileLock.take(`${path.slice(0, -'.json'.length)}.lock`, `reader ${name}`, directory);
    try {
      let position = await loadPosition(directory, name);
      if (position === null) {
        const count = (await readerNames(directory)).length;
        if (count >= READERS_MAX) throw new SpoolError('SPOOL_READERS', { path: directory, count });
        position = await oldestPosition(directory);
        await savePosition(directory, name, position, { sync: true });
      }
      return new SpoolReader(options, lock, position);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** What is committed. */
  get position(): SpoolPosition {
    return this.#committed;
  }

  get stats(): ReaderStats {
    return this.#stats;
  }

  /**
   * The next records, as soon as there is one; none where the signal or the time ended the waiting. Each is given once, until the
   * reader is opened again. What was dropped or damaged is passed over and counted.
   *
   * @throws SpoolError SPOOL_VERSION, SPOOL_CLOSED
   */
  read(options: ReadOptions): Promise<readonly SpoolEntry[]> {
    const reading = this.#reading.then(() => this.#read(options));
    // The next call waits for this one; whoever made it sees its error.
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /**
   * Resolves when it is kept. Earlier positions than the committed one change nothing.
   * @throws SpoolError SPOOL_COMMIT: nothing is committed, and it can be tried again; SPOOL_CLOSED
   */
  commit(position: SpoolPosition): Promise<void> {
    if (this.#isClosed)
      return Promise.reject(new SpoolError('SPOOL_CLOSED', { called: 'commit()', what: 'reader' }));
    const saving = this.#saving.then(async () => {
      if (!isBehind(position, this.#committed)) return;
      await savePosition(this.directory, this.name, position, { sync: this.#options.sync ?? false });
      this.#committed = position;
    });
    // As above.
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  /** What is not committed yet. */
  lag(): Promise<SpoolLag> {
    return lagOf(this.directory, this.#committed);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    await this.#saving;
    await this.#cursor?.close();
    this.#cursor = null;
    this.#lock.release();
  }

  /** Closes it, and forgets its position: nothing is kept for it any more. */
  async unregister(): Promise<void> {
    await this.close();
    await removePosition(this.directory, this.name);
  }

  async #read(options: ReadOptions): Promise<readonly SpoolEntry[]> {
    const { signal, waitMillis = Number.POSITIVE_INFINITY } = options;
    const entries: SpoolEntry[] = [];
    const waitUntil = performance.now() + waitMillis;
    for (;;) {
      if (this.#isClosed) throw new SpoolError('SPOOL_CLOSED', { called: 'read()', what: 'reader' });
      await this.#collect(entries, options);
      if (entries.length > 0) {
        this.#stats = { ...this.#stats, read: this.#stats.read + entries.length };
        return entries;
      }
      if (signal?.aborted === true) return entries;
      if (await this.#advance()) continue;
      const left = waitUntil - performance.now();
      if (left <= 0) return entries;
      await pause(Math.min(POLL_MILLIS, left), signal);
    }
  }

  /** Takes records until there are enough, or the segment has no more for now. */
  async #collect(entries: SpoolEntry[], { recordsMax, bytesMax }: ReadOptions): Promise<void> {
    const cursor = await this.#open();
    if (cursor === null) return;
    let bytes = 0;
    while (entries.length < recordsMax && (entries.length === 0 || bytes < bytesMax)) {
      const before = this.#at;
      const taken = cursor.next();
      if (taken === 'invalid') return;
      if (taken === 'more') {
        if ((await cursor.fill()) === 0) return;
        continue;
      }
      const length = taken.end - taken.start;
      if (entries.length > 0 && bytes + length > bytesMax) {
        cursor.seek(before.offset);
        return;
      }
      bytes += length;
      const record = cursor.header.firstRecord + taken.ordinal;
      this.#lose(record - before.record, 'dropped or damaged');
      this.#at = { segment: before.segment, offset: cursor.offset, record: record + 1 };
      const decoded = cursor.decode(taken);
      if (decoded === null) this.#lose(1, 'of an unknown kind');
      else entries.push({ ...decoded, position: this.#at, bytes: length });
    }
  }

  /** The segment of the position, if there is one; a position before all begins with the oldest. */
  async #open(): Promise<SegmentCursor | null> {
    if (this.#cursor !== null) return this.#cursor;
    if (this.#at.segment === 0) return null;
    const path = segmentPath(this.directory, this.#at.segment);
    const cursor = await SegmentCursor.open(path);
    if (!(cursor instanceof SegmentCursor)) {
      if (cursor?.kind === 'version') {
        throw new SpoolError('SPOOL_VERSION', { path, version: cursor.version });
      }
      return null;
    }
    cursor.seek(Math.max(this.#at.offset, SEGMENT_HEADER_BYTES));
    this.#cursor = cursor;
    return cursor;
  }

  /**
   * Looks for what follows where the segment has no next record: a newer segment, or a record behind damaged bytes. Resolves to
   * whether there may be more to read.
   */
  async #advance(): Promise<boolean> {
    const next = (await listSegments(this.directory)).find((sequence) => sequence > this.#at.segment);
    const cursor = this.#cursor;
    if (cursor !== null) {
      // A newer segment is begun when the last one is whole: what was not seen of it before is there now.
      if ((await cursor.fill()) > 0) return true;
      const size = await cursor.size();
      if (size > cursor.offset && (next !== undefined || this.#isStalled(cursor.offset, size))) {
        const from = cursor.offset;
        if (await cursor.resync()) {
          this.#damaged(cursor.offset - from);
          return true;
        }
        if (next !== undefined) this.#damaged(size - from);
      }
    }
    if (next === undefined) return false;
    await cursor?.close();
    this.#cursor = null;
    this.#stalledAt = null;
    this.#at = { segment: next, offset: 0, record: this.#at.record };
    return true;
  }

  /** Whether the same bytes have been no record for too long to be one that is being written. Told once for each size. */
  #isStalled(offset: number, size: number): boolean {
    const now = performance.now();
    const stalled = this.#stalledAt;
    if (stalled === null || stalled.offset !== offset || stalled.size !== size) {
      this.#stalledAt = { offset, size, since: now };
      return false;
    }
    if (now - stalled.since < STALL_MILLIS) return false;
    this.#stalledAt = { offset, size, since: Number.POSITIVE_INFINITY };
    return true;
  }

  #lose(records: number, how: string): void {
    // A position from before the loss of power may be ahead of what the disk has kept.
    if (records <= 0) return;
    this.#stats = { ...this.#stats, lost: this.#stats.lost + records };
    const fields = () => ({ reader: this.name, records, how, lost: this.#stats.lost });
    this.#teller.tell('error', 'lost', fields, 'records of the spool are lost');
  }

  #damaged(bytes: number): void {
    this.#stats = { ...this.#stats, damagedBytes: this.#stats.damagedBytes + bytes };
    const fields = () => ({ reader: this.name, segment: this.#at.segment, bytes });
    this.#teller.tell('error', 'damaged', fields, 'the spool is damaged');
  }
}

/** Where the oldest record is, or will be. */
async function oldestPosition(directory: string): Promise<SpoolPosition> {
  for (const segment of await listSegments(directory)) {
    const cursor = await SegmentCursor.open(segmentPath(directory, segment));
    if (!(cursor instanceof SegmentCursor)) continue;
    await cursor.close();
    return { segment, offset: 0, record: cursor.header.firstRecord };
  }
  return BEGINNING;
}

const isBehind = (a: SpoolPosition, b: SpoolPosition): boolean =>
  a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset);

async function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(millis, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
