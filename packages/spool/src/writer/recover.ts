/** What a writer finds of those before it: segments, perhaps with a torn tail, and readers' positions. */
import { truncate, unlink } from 'node:fs/promises';
import { SegmentCursor } from '../format/segment-cursor.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import type { SpoolLog } from '../log.ts';
import { loadPositions } from '../reader/position.ts';
import { listSegments, segmentPath } from '../segments.ts';
import { fileSize } from './file-size.ts';

export interface KeptSegment {
  readonly sequence: number;
  readonly bytes: number;
}

export interface Recovered {
  /** Ascending. Nothing is written to them any more. */
  readonly segments: readonly KeptSegment[];
  /** Of the next segment: behind all that there are, and all that a reader has seen. */
  readonly sequence: number;
  /** Index of the next record. */
  readonly record: number;
  /** Bytes of a torn tail that were cut. */
  readonly cutBytes: number;
}

/** Cuts the torn tail of the last segment, and looks where the next one begins. */
export async function recover(directory: string, log: SpoolLog): Promise<Recovered> {
  const positions = [...(await loadPositions(directory)).values()];
  let record = Math.max(0, ...positions.map((position) => position.record));
  let sequence = Math.max(0, ...positions.map(({ segment }) => segment));
  const sequences = await listSegments(directory);
  sequence = Math.max(sequence, sequences.at(-1) ?? 0) + 1;
  let cutBytes = 0;
  // Backwards to the last one that has records: those behind it were begun, and nothing more.
  let isNewest = true;
  for (const last of sequences.toReversed()) {
    const found = await examine(segmentPath(directory, last), isNewest);
    if (found === null) continue;
    isNewest = false;
    if (found.cutBytes > 0) {
      cutBytes += found.cutBytes;
      log.warn({ directory, segment: last, bytes: found.cutBytes }, 'a torn tail was cut off the spool');
    }
    record = Math.max(record, found.nextRecord);
    if (found.hasRecords) break;
  }
  const segments: KeptSegment[] = [];
  for (const kept of await listSegments(directory)) {
    segments.push({ sequence: kept, bytes: await fileSize(segmentPath(directory, kept)) });
  }
  return { segments, sequence, record, cutBytes };
}

interface Examined {
  readonly hasRecords: boolean;
  readonly nextRecord: number;
  readonly cutBytes: number;
}

/**
 * Null where nothing could be said of it. A file without a single record is removed, unless its header is damaged, or it is the newest
 * with a header: a reader may have it open, and would never see another file of the same number.
 */
async function examine(path: string, isNewest: boolean): Promise<Examined | null> {
  const cursor = await SegmentCursor.open(path);
  if (cursor === null) return null;
  if (!(cursor instanceof SegmentCursor)) {
    if (cursor.kind === 'incomplete' || (await isShort(path))) await unlink(path);
    return null;
  }
  try {
    const { firstRecord } = cursor.header;
    let nextRecord = firstRecord;
    for (;;) {
      const taken = cursor.next();
      if (taken === 'more' && (await cursor.fill()) > 0) continue;
      if (typeof taken === 'object') {
        nextRecord = firstRecord + taken.ordinal + 1;
        continue;
      }
      if (!(await cursor.resync())) break;
    }
    const hasRecords = nextRecord > firstRecord;
    const cutBytes = (await cursor.size()) - cursor.offset;
    if (!hasRecords && !isNewest) await unlink(path);
    else if (cutBytes > 0) await truncate(path, cursor.offset);
    return { hasRecords, nextRecord, cutBytes };
  } finally {
    await cursor.close();
  }
}

const isShort = async (path: string): Promise<boolean> => (await fileSize(path)) <= SEGMENT_HEADER_BYTES;
