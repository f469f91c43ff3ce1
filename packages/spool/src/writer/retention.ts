/** Which segments a spool keeps: within its cap, and no longer than readers need them. */
import { unlink } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { SegmentCursor } from '../format/segment-cursor.ts';
import { SEGMENT_COUNTED_BYTES_MIN } from '../limits.ts';
import { loadPositions } from '../reader/position.ts';
import type { DataSet } from '../record.ts';
import { segmentPath } from '../segments.ts';
import type { KeptSegment } from './recover.ts';

export class Retention {
  readonly #directory: string;
  /** By sequence number, ascending: as they were begun. */
  readonly #segments = new Map<number, number>();
  #bytes = 0;

  constructor(directory: string, segments: readonly KeptSegment[]) {
    this.#directory = directory;
    for (const { sequence, bytes } of segments) this.grow(sequence, bytes);
  }

  /** Bytes that the segments take. */
  get bytes(): number {
    return this.#bytes;
  }

  get segments(): number {
    return this.#segments.size;
  }

  /** Bytes that are written to a segment, the newest. */
  grow(sequence: number, bytes: number): void {
    const before = this.#segments.get(sequence) ?? 0;
    this.#segments.set(sequence, before + bytes);
    this.#bytes += counted(before + bytes) - counted(before);
  }

  /** Removes what all readers have read, but for the newest segment. Without readers nothing is removed. */
  async release(): Promise<void> {
    if (this.#segments.size < 2) return;
    const positions = [...(await loadPositions(this.#directory)).values()];
    if (positions.length === 0) return;
    const needed = Math.min(...positions.map(({ segment }) => segment));
    const newest = Math.max(...this.#segments.keys());
    for (const sequence of [...this.#segments.keys()]) {
      if (sequence < needed && sequence !== newest) await this.#remove(sequence);
    }
  }

  /**
   * Removes the oldest segment, if there are two.
   * @returns how many records in it some reader had not read yet; null where nothing was removed
   */
  async dropOldest(): Promise<ReadonlyMap<DataSet, number> | null> {
    const [oldest] = this.#segments.keys();
    if (oldest === undefined || this.#segments.size < 2) return null;
    const unread = await this.#unreadIn(oldest);
    await this.#remove(oldest);
    return unread;
  }

  async #unreadIn(sequence: number): Promise<ReadonlyMap<DataSet, number>> {
    const positions = [...(await loadPositions(this.#directory)).values()];
    const slowest = Math.min(...positions.map(({ segment }) => segment));
    const counts = new Map<DataSet, number>();
    if (positions.length > 0 && slowest > sequence) return counts;
    const offsets = positions.filter(({ segment }) => segment === sequence).map(({ offset }) => offset);
    const isUntouched = positions.length === 0 || slowest < sequence;
    const from = isUntouched ? 0 : Math.min(...offsets);
    const cursor = await SegmentCursor.open(segmentPath(this.#directory, sequence));
    if (!(cursor instanceof SegmentCursor)) return counts;
    try {
      if (from > 0) cursor.seek(from);
      await count(cursor, counts);
    } finally {
      await cursor.close();
    }
    return counts;
  }

  async #remove(sequence: number): Promise<void> {
    try {
      await unlink(segmentPath(this.#directory, sequence));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    this.#bytes -= counted(this.#segments.get(sequence) ?? 0);
    this.#segments.delete(sequence);
  }
}

const counted = (bytes: number): number => (bytes === 0 ? 0 : Math.max(bytes, SEGMENT_COUNTED_BYTES_MIN));

async function count(cursor: SegmentCursor, counts: Map<DataSet, number>): Promise<void> {
  for (;;) {
    const taken = cursor.next();
    if (typeof taken === 'object') {
      if (taken.dataSet !== null) counts.set(taken.dataSet, (counts.get(taken.dataSet) ?? 0) + 1);
      continue;
    }
    if (taken === 'more' && (await cursor.fill()) > 0) continue;
    if (!(await cursor.resync())) return;
  }
}
