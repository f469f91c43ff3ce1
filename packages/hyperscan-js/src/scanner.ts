import { isUint8Array, isUint32Array } from 'node:util/types';
import { native } from './binding.ts';
import { checkMode, type Database, databaseHandle } from './database.ts';
import { HyperscanError } from './errors.ts';
import type { Native, ScannerHandle } from './native.ts';
import { badArgument, checkAttached, checkLatin1, MODE_BITS } from './options.ts';
import { recordWords, type ScanOptions } from './report.ts';
import { BAD_OFFSETS, checked, checkedNumber, statusError, TOO_FEW_OFFSETS } from './status.ts';

type Bytes = Uint8Array<ArrayBufferLike>;
type Words = Uint32Array<ArrayBufferLike>;

/**
 * The true length of a view, which a subclass or a property of its own cannot hide: the addon's addresses are safe only
 * while it stays what it was. 0 for a detached one.
 */
const lengthOf: (view: Bytes | Words) => number = intrinsicLength();

function intrinsicLength(): (view: Bytes | Words) => number {
  const getter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')?.get;
  if (getter === undefined)
    throw new HyperscanError('HS_NATIVE', { what: 'start', status: 'no typed arrays' });
  return Function.prototype.call.bind(getter);
}

const NO_BYTES: Bytes = new Uint8Array(0);
const NO_WORDS: Words = new Uint32Array(0);

/**
 * Scans values with one database, in one thread. All scanners of a thread share its scratch space: a scan is
 * synchronous and calls nobody back, so no two of them overlap.
 *
 * The addresses of the arrays are kept between calls: pass the same arrays again and a call costs little more than the
 * scan. A scanner holds the arrays of its last call until the next one or `close`.
 */
export class Scanner {
  /** Words that a match takes in `out`: 2, 3 or 4, as `report` says. */
  readonly recordWords: number;
  readonly #native: Native;
  #handle: ScannerHandle | undefined;
  // What the addon has the addresses of. A length that has changed tells of a buffer detached or resized.
  #arena = NO_BYTES;
  #arenaLength = -1;
  #offsets = NO_WORDS;
  #offsetsLength = -1;
  #out = NO_WORDS;
  #outLength = -1;

  /**
   * The scanner keeps the database's memory for itself: closing the database does not end it.
   * @param database in block mode
   * @throws HyperscanError HS_MODE_MISMATCH, HS_CLOSED, HS_BAD_ARGUMENT, HS_NO_MEMORY
   */
  constructor(database: Database, options: ScanOptions = {}) {
    const handle = databaseHandle(database);
    const words = recordWords(options);
    checkMode(database, 'block', 'Scanner');
    this.#native = native();
    this.#handle = checked(this.#native.createScanner(handle, words, MODE_BITS.block), 'new Scanner');
    this.recordWords = words;
  }

  /**
   * Scans many values in one native call; value i is `arena[offsets[i]] … arena[offsets[i + 1] - 1]`.
   * Writes a record for each match (see `Report`) in ascending order of values; without `Flags.SINGLEMATCH` a pattern
   * matches once for each end. What does not fit into `out` is counted only: grow it and scan again when the answer is
   * above `out.length / recordWords`. All arrays may be views of shared memory.
   * @returns the number of matches
   * @throws HyperscanError HS_OFFSETS (then `out` is undefined), HS_CLOSED, HS_DETACHED, HS_BAD_ARGUMENT
   */
  scanBatch(arena: Uint8Array, offsets: Uint32Array, count: number, out: Uint32Array): number {
    const handle = this.#handle;
    if (handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'scanner' });
    if (
      arena !== this.#arena ||
      offsets !== this.#offsets ||
      lengthOf(arena) !== this.#arenaLength ||
      lengthOf(offsets) !== this.#offsetsLength
    ) {
      this.#bindInput(handle, arena, offsets);
    }
    if (out !== this.#out || lengthOf(out) !== this.#outLength) this.#bindOutput(handle, out);
    if (count >>> 0 !== count) throw badArgument('count', 'an integer from 0 to 4294967295', count);
    const total = this.#native.scanBatch(handle, count);
    if (total >= 0) return total;
    throw scanError(total, arena, offsets, count);
  }

  /**
   * Scans one value, a latin1 string; records and answer are those of `scanBatch`, the index is 0.
   * @throws HyperscanError HS_NOT_LATIN1, HS_CLOSED, HS_DETACHED, HS_BAD_ARGUMENT
   */
  scanString(value: string, out: Uint32Array): number {
    const handle = this.#handle;
    if (handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'scanner' });
    checkLatin1(value, 'value');
    if (out !== this.#out || lengthOf(out) !== this.#outLength) this.#bindOutput(handle, out);
    const total = this.#native.scanString(handle, value);
    if (total >= 0) return total;
    throw statusError(total, 'scanString');
  }

  /** Gives the database and the arrays up. A second call does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    this.#arena = NO_BYTES;
    this.#offsets = NO_WORDS;
    this.#out = NO_WORDS;
    checkedNumber(this.#native.closeScanner(handle), 'close');
  }

  #bindInput(handle: ScannerHandle, arena: Bytes, offsets: Words): void {
    if (!isUint8Array(arena)) throw badArgument('arena', 'a Uint8Array', arena);
    if (!isUint32Array(offsets)) throw badArgument('offsets', 'a Uint32Array', offsets);
    checkAttached(arena, 'arena');
    checkAttached(offsets, 'offsets');
    // Until the addon has taken the new arrays, none count as bound.
    this.#arenaLength = -1;
    checkedNumber(this.#native.bindInput(handle, arena, offsets), 'scanBatch');
    this.#arena = arena;
    this.#offsets = offsets;
    this.#arenaLength = lengthOf(arena);
    this.#offsetsLength = lengthOf(offsets);
  }

  #bindOutput(handle: ScannerHandle, out: Words): void {
    if (!isUint32Array(out)) throw badArgument('out', 'a Uint32Array', out);
    checkAttached(out, 'out');
    this.#outLength = -1;
    checkedNumber(this.#native.bindOutput(handle, out), 'bindOutput');
    this.#out = out;
    this.#outLength = lengthOf(out);
  }
}

function scanError(status: number, arena: Bytes, offsets: Words, count: number): HyperscanError {
  if (status === TOO_FEW_OFFSETS) {
    return new HyperscanError('HS_OFFSETS', {
      reason: `${count} values need ${count + 1}, not ${offsets.length}`,
    });
  }
  if (status !== BAD_OFFSETS) return statusError(status, 'scanBatch');
  for (let i = 0; i < count; i++) {
    const start = offsets[i] ?? 0;
    const end = offsets[i + 1] ?? 0;
    if (end >= start && end <= arena.length) continue;
    const reason = `value ${i} is from ${start} to ${end} in an arena of ${arena.length} bytes`;
    return new HyperscanError('HS_OFFSETS', { reason });
  }
  return new HyperscanError('HS_OFFSETS', { reason: 'they changed while they were scanned' });
}
