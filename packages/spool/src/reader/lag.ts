/** How far a reader is behind. */
import { stat } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { SegmentCursor } from '../format/segment-cursor.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { listSegments, segmentPath } from '../segments.ts';
import { loadPositions, type SpoolPosition } from './position.ts';

export interface SpoolLag {
  /** On disk, from the position to the end. */
  readonly bytes: number;
  /** Of the newest segment estimated by their mean size: within it nobody counts. */
  readonly records: number;
  /** When the oldest of them was written, milliseconds since the epoch; null where there is none. */
  readonly oldestWrittenAt: number | null;
}

export async function lagOf(directory: string, position: SpoolPosition): Promise<SpoolLag> {
  const sequences = (await listSegments(directory)).filter((sequence) => sequence >= position.segment);
  let bytes = 0;
  let oldestWrittenAt: number | null = null;
  let records = 0;
  for (const sequence of sequences) {
    const from = sequence === position.segment ? position.offset : 0;
    const segment = await restOf(segmentPath(directory, sequence), from);
    if (segment === null) continue;
    bytes += segment.bytes;
    // What lies before this segment is known by its header; what lies in it, by the size of one of its records.
    const before = sequence === position.segment ? position.record : segment.firstRecord;
    const mean = segment.recordBytes ?? Number.POSITIVE_INFINITY;
    records = Math.max(0, before - position.record) + Math.round(segment.bytes / mean);
    oldestWrittenAt ??= segment.writtenAt;
  }
  return { bytes, records: bytes === 0 ? 0 : Math.max(1, records), oldestWrittenAt };
}

/** Of all readers of a spool, by their names. */
export async function spoolLags(directory: string): Promise<ReadonlyMap<string, SpoolLag>> {
  const lags = new Map<string, SpoolLag>();
  for (const [name, position] of await loadPositions(directory)) {
    lags.set(name, await lagOf(directory, position));
  }
  return lags;
}

interface Rest {
  readonly bytes: number;
  readonly firstRecord: number;
  /** Of the next record, and when it was written; null where none follows. */
  readonly recordBytes: number | null;
  readonly writtenAt: number | null;
}

/** Null where the segment is gone, or its header is not whole. */
async function restOf(path: string, from: number): Promise<Rest | null> {
  const cursor = await SegmentCursor.open(path);
  if (!(cursor instanceof SegmentCursor)) return null;
  try {
    const offset = Math.max(from, SEGMENT_HEADER_BYTES);
    cursor.seek(offset);
    const bytes = Math.max(0, (await sizeOf(path)) - offset);
    const { firstRecord } = cursor.header;
    await cursor.fill();
    let taken = cursor.next();
    if (taken === 'more' && (await cursor.fill()) > 0) taken = cursor.next();
    if (typeof taken === 'string') return { bytes, firstRecord, recordBytes: null, writtenAt: null };
    const writtenAt = cursor.decode(taken)?.writtenAt ?? null;
    return { bytes, firstRecord, recordBytes: taken.end - taken.start, writtenAt };
  } finally {
    await cursor.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
