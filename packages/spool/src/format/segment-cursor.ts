/** Reads one segment forwards, record by record; it may grow meanwhile. */
import { type FileHandle, open } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { READ_BLOCK_BYTES, RECORD_BYTES_LIMIT } from '../limits.ts';
import { type DecodedRecord, decodeRecord, markerFrom, type RecordPlace, recordAt } from './record-codec.ts';
import {
  type HeaderFound,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-header.ts';

/** `more`: what is in memory ends before the next record does. */
export type Taken = RecordPlace | 'more' | 'invalid';

/** Bytes of a marker that may stand before the end of a block. */
const MARKER_REST = 3;

export class SegmentCursor {
  readonly header: SegmentHeader;
  readonly #file: FileHandle;
  #block = Buffer.alloc(0);
  /** What of the block is still to be read. */
  #start = 0;
  #end = 0;
  /** Where in the file `#start` is. */
  #offset: number;
  /** Bytes that the next record needs, as far as is known. */
  #needed = 0;

  private constructor(file: FileHandle, header: SegmentHeader) {
    this.#file = file;
    this.header = header;
    this.#offset = SEGMENT_HEADER_BYTES;
  }

  /** Null where the file is gone. A header that is not whole is no cursor. */
  static async open(path: string): Promise<SegmentCursor | Exclude<HeaderFound, { kind: 'header' }> | null> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    }
    try {
      const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
      const { bytesRead } = await file.read(bytes, 0, SEGMENT_HEADER_BYTES, 0);
      const found = readSegmentHeader(bytes.subarray(0, bytesRead));
      if (found.kind === 'header') return new SegmentCursor(file, found.header);
      await file.close();
      return found;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Where in the file the next record begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the file as it is now. */
  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  seek(offset: number): void {
    this.#offset = offset;
    this.#start = 0;
    this.#end = 0;
    this.#needed = 0;
  }

  /** The next record, which is then passed; `decode` takes it until the next call of any other method. */
  next(): Taken {
    const found = recordAt(this.#block, this.#start, this.#end, {
      salt: this.header.salt,
      bytesMax: RECORD_BYTES_LIMIT,
    });
    if (found.kind === 'incomplete') {
      this.#needed = found.bytes;
      return 'more';
    }
    if (found.kind === 'invalid') return 'invalid';
    this.#pass(found.end - found.start);
    return found;
  }

  decode(place: RecordPlace): DecodedRecord | null {
    return decodeRecord(this.#block, place);
  }

  /** Takes more of the file into memory; resolves to the number of bytes that came. */
  async fill(): Promise<number> {
    const left = this.#end - this.#start;
    const size = Math.max(READ_BLOCK_BYTES, this.#needed);
    const block = this.#block.length >= size ? this.#block : Buffer.allocUnsafeSlow(size);
    this.#block.copy(block, 0, this.#start, this.#end);
    this.#block = block;
    this.#start = 0;
    this.#end = left;
    if (left === block.length) return 0;
    const { bytesRead } = await this.#file.read(block, left, block.length - left, this.#offset + left);
    this.#end += bytesRead;
    return bytesRead;
  }

  /**
   * Goes to the next record behind bytes that are none. Stays where it is, and resolves to false, where there is no further one in
   * the file.
   */
  async resync(): Promise<boolean> {
    const origin = this.#offset;
    this.#pass(Math.min(1, this.#end - this.#start));
    for (;;) {
      const at = markerFrom(this.#block.subarray(0, this.#end), this.#start);
      this.#pass((at === -1 ? Math.max(this.#start, this.#end - MARKER_REST) : at) - this.#start);
      if (at === -1) {
        this.#needed = 0;
        if ((await this.fill()) > 0) continue;
        break;
      }
      const found = this.#peek();
      if (found === 'record') return true;
      if (found === 'more' && (await this.fill()) > 0) continue;
      this.#pass(1);
    }
    this.seek(origin);
    return false;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #peek(): 'record' | 'more' | 'invalid' {
    const { salt } = this.header;
    const found = recordAt(this.#block, this.#start, this.#end, { salt, bytesMax: RECORD_BYTES_LIMIT });
    if (found.kind !== 'incomplete') return found.kind;
    this.#needed = found.bytes;
    return 'more';
  }

  #pass(bytes: number): void {
    this.#start += bytes;
    this.#offset += bytes;
  }
}
