/** Looks through a spool without being one of its readers: nothing is kept for it, nothing is changed. */

import type { DecodedRecord } from '../format/record-codec.ts';
import { SegmentCursor } from '../format/segment-cursor.ts';
import { type SpoolLag, spoolLags } from '../reader/lag.ts';
import { DATA_SETS, type DataSet } from '../record.ts';
import { listSegments, segmentPath } from '../segments.ts';
import { fileSize } from '../writer/file-size.ts';

/** How a segment is. `tail`: it ends in what is no whole record, as while one is written, or was when its writer died. */
export type SegmentState = 'whole' | 'tail' | 'damaged' | 'no header' | 'other version';

export interface SegmentSurvey {
  readonly sequence: number;
  readonly path: string;
  readonly state: SegmentState;
  readonly bytes: number;
  /** By data set. */
  readonly records: Readonly<Record<DataSet, number>>;
  /** Bytes that are no records, but for a tail. */
  readonly damagedBytes: number;
  readonly tailBytes: number;
  /** Index of the first record; null without a header. */
  readonly firstRecord: number | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | null;
}

export interface SpoolSurvey {
  readonly directory: string;
  readonly segments: readonly SegmentSurvey[];
  /** How far each reader is behind, by its name. */
  readonly readers: Readonly<Record<string, SpoolLag>>;
}

/** Reads every byte of a spool. */
export async function surveySpool(directory: string): Promise<SpoolSurvey> {
  const segments: SegmentSurvey[] = [];
  for (const sequence of await listSegments(directory)) {
    const survey = await surveySegment(directory, sequence);
    if (survey !== null) segments.push(survey);
  }
  return { directory, segments, readers: Object.fromEntries(await spoolLags(directory)) };
}

/** Null where the segment went away meanwhile. */
async function surveySegment(directory: string, sequence: number): Promise<SegmentSurvey | null> {
  const path = segmentPath(directory, sequence);
  const records = Object.fromEntries(DATA_SETS.map((name) => [name, 0])) as Record<DataSet, number>;
  const cursor = await SegmentCursor.open(path);
  if (cursor === null) return null;
  if (!(cursor instanceof SegmentCursor)) {
    const state = cursor.kind === 'version' ? 'other version' : 'no header';
    const bytes = await fileSize(path);
    const nothing = { firstRecord: null, createdAt: null, tailBytes: 0, damagedBytes: bytes };
    return { sequence, path, state, bytes, records, ...nothing };
  }
  try {
    let damagedBytes = 0;
    for await (const step of stepsOf(cursor)) {
      if (typeof step === 'number') damagedBytes += step;
      else if (step.dataSet !== null) records[step.dataSet]++;
    }
    const bytes = await cursor.size();
    const tailBytes = Math.max(0, bytes - cursor.offset);
    const state = damagedBytes > 0 ? 'damaged' : tailBytes > 0 ? 'tail' : 'whole';
    const { firstRecord, createdAt } = cursor.header;
    return { sequence, path, state, bytes, records, damagedBytes, tailBytes, firstRecord, createdAt };
  } finally {
    await cursor.close();
  }
}

/** Records, and numbers of bytes between them that are none, to the end of a segment. */
async function* stepsOf(cursor: SegmentCursor) {
  for (;;) {
    const taken = cursor.next();
    if (typeof taken === 'object') {
      yield taken;
      continue;
    }
    if (taken === 'more' && (await cursor.fill()) > 0) continue;
    const from = cursor.offset;
    if (!(await cursor.resync())) return;
    yield cursor.offset - from;
  }
}

/** All records that a spool has now, the oldest first. What is damaged is passed over. */
export async function* recordsOf(directory: string): AsyncGenerator<DecodedRecord> {
  for (const sequence of await listSegments(directory)) {
    const cursor = await SegmentCursor.open(segmentPath(directory, sequence));
    if (!(cursor instanceof SegmentCursor)) continue;
    try {
      for await (const step of stepsOf(cursor)) {
        const decoded = typeof step === 'number' ? null : cursor.decode(step);
        if (decoded !== null) yield decoded;
      }
    } finally {
      await cursor.close();
    }
  }
}
