import { isUint8Array, isUint32Array } from 'node:util/types';
import { native } from './binding.ts';
import { checkMode, type Database, databaseHandle } from './database.ts';
import { HyperscanError } from './errors.ts';
import type { ScannerHandle } from './native.ts';
import { badArgument, checkAttached, MODE_BITS } from './options.ts';
import { recordWords, type ScanOptions } from './report.ts';
import { checked, checkedNumber } from './status.ts';

/** Scans values that lie in several arrays, without putting them together. In one thread, as `Scanner`. */
export class VectorScanner {
  /** Words that a match takes in `out`: 2, 3 or 4, as `report` says. */
  readonly recordWords: number;
  #handle: ScannerHandle | undefined;

  /**
   * The scanner keeps the database's memory for itself: closing the database does not end it.
   * @param database in vectored mode
   * @throws HyperscanError HS_MODE_MISMATCH, HS_CLOSED, HS_BAD_ARGUMENT, HS_NO_MEMORY
   */
  constructor(database: Database, options: ScanOptions = {}) {
    const handle = databaseHandle(database);
    this.recordWords = recordWords(options);
    checkMode(database, 'vectored', 'VectorScanner');
    this.#handle = checked(
      native().createScanner(handle, this.recordWords, MODE_BITS.vectored),
      'new VectorScanner',
    );
  }

  /**
   * Scans all pieces, one behind another, as one value: matches may span them, and offsets count from the first piece's
   * first byte. Records and answer are those of `Scanner.scanBatch`, the index of the value is 0.
   * @param pieces less than 4 GiB together; any of them, or all, may be empty
   * @returns the number of matches; those beyond `out.length / recordWords` are counted only
   * @throws HyperscanError HS_TOO_LONG, HS_CLOSED, HS_DETACHED, HS_BAD_ARGUMENT, HS_NO_MEMORY
   */
  scanVector(pieces: readonly Uint8Array[], out: Uint32Array): number {
    const handle = this.#handle;
    if (handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'scanner' });
    if (!Array.isArray(pieces)) throw badArgument('pieces', 'an array of Uint8Arrays', pieces);
    // Checked once and passed on: a getter cannot put another one in its place.
    const checkedPieces = Array.from({ length: pieces.length }, (_, index): Uint8Array => {
      const piece: unknown = pieces[index];
      if (!isUint8Array(piece)) throw badArgument(`pieces[${index}]`, 'a Uint8Array', piece);
      checkAttached(piece, `pieces[${index}]`);
      return piece;
    });
    checkOut(out);
    return checkedNumber(native().scanVector(handle, checkedPieces, checkedPieces.length, out), 'scanVector');
  }

  /** Gives the database up. A second call does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    checkedNumber(native().closeScanner(handle), 'close');
  }
}

/** Refuses what matches cannot be written to. */
export function checkOut(out: unknown): asserts out is Uint32Array {
  if (!isUint32Array(out)) throw badArgument('out', 'a Uint32Array', out);
  checkAttached(out, 'out');
}
