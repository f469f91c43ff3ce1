import { isUint8Array } from 'node:util/types';
import { native } from './binding.ts';
import { checkMode, type Database, databaseHandle, INTERNAL } from './database.ts';
import { HyperscanError } from './errors.ts';
import type { CompressedHandle, StreamHandle } from './native.ts';
import { badArgument, checkAttached, checkKeys, checkUint32 } from './options.ts';
import { type ScanOptions, START_UNKNOWN, wordsOf } from './report.ts';
import { checked, checkedNumber } from './status.ts';
import { checkOut } from './vector-scanner.ts';

/** What a stream is made for. */
export interface StreamOptions extends ScanOptions {
  /** How many matches may wait for room in `out`, a record of 8 to 16 bytes each; default 1,048,576. */
  readonly pendingMax?: number;
}

const PENDING_DEFAULT = 1 << 20;

/** What a stream knows of itself beside its state in the addon. */
interface Progress {
  readonly recordWords: number;
  readonly pendingMax: number;
  bytesScanned: number;
  isEnded: boolean;
}

/**
 * One value, scanned in chunks as they come: matches may span them, and with `Flags.SINGLEMATCH` a pattern is reported once
 * in the whole of it. Offsets count from the first byte of the first chunk. A stream belongs to its thread.
 *
 * `scan`, `end` and `drain` answer how many matches there are. Those beyond `out.length / recordWords` are not lost: they
 * wait, and are the first that the next call writes.
 */
export class Stream {
  #handle: StreamHandle | undefined;
  readonly #progress: Progress;

  /** For this package only: use `openStream`. */
  constructor(key: symbol, handle: StreamHandle, progress: Progress) {
    if (key !== INTERNAL) throw badArgument('new Stream', 'openStream()', key);
    this.#handle = handle;
    this.#progress = progress;
  }

  /** Words that a match takes in `out`: 2, 3 or 4, as `report` says. */
  get recordWords(): number {
    return this.#progress.recordWords;
  }

  /** Bytes since the stream began or was reset. */
  get bytesScanned(): number {
    return this.#progress.bytesScanned;
  }

  /**
   * Matches that wait for room.
   * @throws HyperscanError HS_CLOSED
   */
  get pending(): number {
    return checkedNumber(native().pendingOfStream(this.#open()), 'pending');
  }

  /**
   * Scans the next chunk.
   * @param chunk may be empty, of shared memory, and used for something else afterwards
   * @returns the matches found and those that waited, of which as many are written as fit
   * @throws HyperscanError HS_TOO_MANY_MATCHES and HS_NO_MEMORY, after which the stream takes nothing before `reset`;
   *   HS_TOO_LONG from 4 GiB on where offsets are reported; HS_STREAM_ENDED, HS_CLOSED, HS_DETACHED, HS_BAD_ARGUMENT
   */
  scan(chunk: Uint8Array, out: Uint32Array): number {
    const handle = this.#running();
    if (!isUint8Array(chunk)) throw badArgument('chunk', 'a Uint8Array', chunk);
    checkAttached(chunk, 'chunk');
    checkOut(out);
    const progress = this.#progress;
    const bytes = progress.bytesScanned + chunk.byteLength;
    if (progress.recordWords > 2 && bytes >= START_UNKNOWN) {
      throw new HyperscanError('HS_TOO_LONG', { what: 'scan' });
    }
    const total = native().scanStream(handle, chunk, out);
    progress.bytesScanned = bytes;
    return checkedNumber(total, 'scan', { max: progress.pendingMax });
  }

  /**
   * Ends the value: reports the patterns that match at its end only.
   * @returns as `scan`
   * @throws HyperscanError as `scan`
   */
  end(out: Uint32Array): number {
    const handle = this.#running();
    checkOut(out);
    const total = native().endStream(handle, out);
    this.#progress.isEnded = true;
    return checkedNumber(total, 'end', { max: this.#progress.pendingMax });
  }

  /**
   * Takes matches that wait.
   * @returns how many waited, of which as many are written as fit
   * @throws HyperscanError HS_CLOSED, HS_DETACHED, HS_BAD_ARGUMENT
   */
  drain(out: Uint32Array): number {
    const handle = this.#open();
    checkOut(out);
    return checkedNumber(native().drainStream(handle, out), 'drain');
  }

  /**
   * Begins a new value. What matches at the end of the old one is not reported: that is what `end` is for.
   * @throws HyperscanError HS_UNDRAINED while matches wait; HS_CLOSED
   */
  reset(): void {
    checkedNumber(native().resetStream(this.#open()), 'reset');
    this.#progress.bytesScanned = 0;
    this.#progress.isEnded = false;
  }

  /**
   * A second stream that has seen the same.
   * @throws HyperscanError HS_UNDRAINED while matches wait; HS_CLOSED, HS_NO_MEMORY
   */
  copy(): Stream {
    const handle = checked(native().copyStream(this.#open()), 'copy', { max: this.#progress.pendingMax });
    return new Stream(INTERNAL, handle, { ...this.#progress });
  }

  /**
   * The stream's state, small: for one that rests. The stream itself goes on until it is closed.
   * @throws HyperscanError HS_UNDRAINED while matches wait; HS_CLOSED, HS_NO_MEMORY
   */
  compress(): CompressedStream {
    const details = { max: this.#progress.pendingMax };
    const handle = checked(native().compressStream(this.#open()), 'compress', details);
    return new CompressedStream(INTERNAL, handle, { ...this.#progress });
  }

  /** Gives the stream and its matches up. A second call does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    checkedNumber(native().closeStream(handle), 'close');
  }

  #open(): StreamHandle {
    if (this.#handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'stream' });
    return this.#handle;
  }

  #running(): StreamHandle {
    const handle = this.#open();
    if (this.#progress.isEnded) throw new HyperscanError('HS_STREAM_ENDED');
    return handle;
  }
}

/** The state of a stream at rest. It stays within its thread, so that nobody can forge one. */
export class CompressedStream {
  #handle: CompressedHandle | undefined;
  readonly #progress: Progress;

  /** For this package only: use `Stream.compress`. */
  constructor(key: symbol, handle: CompressedHandle, progress: Progress) {
    if (key !== INTERNAL) throw badArgument('new CompressedStream', 'Stream.compress()', key);
    this.#handle = handle;
    this.#progress = progress;
  }

  /**
   * Bytes of memory.
   * @throws HyperscanError HS_CLOSED
   */
  get sizeBytes(): number {
    return checkedNumber(native().compressedSize(this.#open()), 'sizeBytes');
  }

  /**
   * A stream that goes on where the compressed one was; each call makes another.
   * @throws HyperscanError HS_CLOSED, HS_NO_MEMORY
   */
  expand(): Stream {
    return new Stream(INTERNAL, checked(native().expandStream(this.#open()), 'expand'), {
      ...this.#progress,
    });
  }

  /** Gives the state up; streams made of it go on. A second call does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    checkedNumber(native().closeCompressed(handle), 'close');
  }

  #open(): CompressedHandle {
    if (this.#handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'compressed stream' });
    return this.#handle;
  }
}

/**
 * Begins a stream. It keeps the database's memory for itself: closing the database does not end it.
 * @param database in stream mode
 * @throws HyperscanError HS_MODE_MISMATCH, HS_CLOSED, HS_BAD_ARGUMENT, HS_NO_MEMORY
 */
export function openStream(database: Database, options: StreamOptions = {}): Stream {
  const handle = databaseHandle(database);
  checkKeys(options, ['report', 'pendingMax'], 'options');
  const { report = 'ids', pendingMax = PENDING_DEFAULT } = options;
  const recordWords = wordsOf(report);
  checkUint32(pendingMax, 'options.pendingMax');
  checkMode(database, 'stream', 'openStream');
  const stream = checked(native().openStream(handle, recordWords, pendingMax), 'openStream');
  return new Stream(INTERNAL, stream, { recordWords, pendingMax, bytesScanned: 0, isEnded: false });
}
