/**
 * Records in memory on their way to the disk, each with its place in a segment: what is refused is refused before it has one,
 * so that segments have no gaps.
 */
import { RECORD_HEADER_BYTES, sealRecord } from '../format/record-codec.ts';
import { newSegmentHeader, SEGMENT_HEADER_BYTES, writeSegmentHeader } from '../format/segment-header.ts';
import { BATCH_BYTES, CHUNK_BYTES, FREE_CHUNKS_MAX } from '../limits.ts';
import type { DataSet } from '../record.ts';

export interface PlannedSegment {
  readonly sequence: number;
  readonly salt: number;
  /** No more records come. */
  isSealed: boolean;
}

/** Memory that holds records of one segment, one behind the other. */
interface Chunk {
  readonly segment: PlannedSegment;
  readonly memory: Buffer;
  /** Where in the segment it begins. */
  readonly offset: number;
  used: number;
  records: number;
}

/** Records of one segment that are written at once. */
export interface Batch {
  readonly segment: PlannedSegment;
  /** Where in the segment it begins; at 0 with the segment's header. */
  readonly offset: number;
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  readonly records: number;
  /** Nothing of the segment follows. */
  readonly isLast: boolean;
}

export interface WriteQueueOptions {
  readonly segmentBytes: number;
  /** Of the first segment. */
  readonly sequence: number;
  readonly firstRecord: number;
}

export class WriteQueue {
  readonly #segmentBytes: number;
  readonly #chunks: Chunk[] = [];
  readonly #free: Buffer[] = [];
  #taken: readonly Chunk[] = [];
  #segment: PlannedSegment | null = null;
  #sequence: number;
  #record: number;
  /** In the segment that is being filled. */
  #offset = 0;
  #ordinal = 0;
  #bytes = 0;

  constructor({ segmentBytes, sequence, firstRecord }: WriteQueueOptions) {
    this.#segmentBytes = segmentBytes;
    this.#sequence = sequence;
    this.#record = firstRecord;
  }

  /** Bytes that are not on disk yet, those that are being written included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Index of the next record. */
  get record(): number {
    return this.#record;
  }

  /** @param payload copied */
  push(payload: Buffer, dataSet: DataSet): void {
    const bytes = RECORD_HEADER_BYTES + payload.length;
    if (this.#segment !== null && this.#offset + bytes > this.#segmentBytes) {
      this.#segment.isSealed = true;
      this.#segment = null;
    }
    this.#segment ??= this.#begin();
    const chunk = this.#roomFor(bytes, this.#segment);
    const start = chunk.used;
    const end = start + bytes;
    payload.copy(chunk.memory, start + RECORD_HEADER_BYTES);
    sealRecord(chunk.memory, start, end, { salt: this.#segment.salt, ordinal: this.#ordinal, dataSet });
    chunk.used = end;
    chunk.records++;
    this.#ordinal++;
    this.#record++;
    this.#offset += bytes;
    this.#bytes += bytes;
  }

  /** What is to be written next; null where there is nothing. `done` is to be called before the next. */
  take(): Batch | null {
    const [first] = this.#chunks;
    if (first === undefined) return null;
    let count = 0;
    let bytes = 0;
    for (const chunk of this.#chunks) {
      if (chunk.segment !== first.segment || (count > 0 && bytes + chunk.used > BATCH_BYTES)) break;
      bytes += chunk.used;
      count++;
    }
    const taken = this.#chunks.splice(0, count);
    this.#taken = taken;
    return {
      segment: first.segment,
      offset: first.offset,
      buffers: taken.map(({ memory, used }) => memory.subarray(0, used)),
      bytes,
      records: taken.reduce((sum, { records }) => sum + records, 0),
      isLast: first.segment.isSealed && this.#chunks[0]?.segment !== first.segment,
    };
  }

  /** What was taken is written, or given up. */
  done(): void {
    for (const { memory, used } of this.#taken) {
      this.#bytes -= used;
      if (memory.length === CHUNK_BYTES && this.#free.length < FREE_CHUNKS_MAX) this.#free.push(memory);
    }
    this.#taken = [];
  }

  #begin(): PlannedSegment {
    const header = newSegmentHeader(this.#sequence, this.#record, Date.now());
    const segment = { sequence: this.#sequence, salt: header.salt, isSealed: false };
    this.#sequence++;
    this.#offset = 0;
    this.#ordinal = 0;
    const chunk = this.#add(segment, CHUNK_BYTES);
    writeSegmentHeader(header, chunk.memory);
    chunk.used = SEGMENT_HEADER_BYTES;
    this.#offset = SEGMENT_HEADER_BYTES;
    this.#bytes += SEGMENT_HEADER_BYTES;
    return segment;
  }

  #roomFor(bytes: number, segment: PlannedSegment): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.segment === segment && last.memory.length - last.used >= bytes)
      return last;
    return this.#add(segment, Math.max(bytes, CHUNK_BYTES));
  }

  #add(segment: PlannedSegment, bytes: number): Chunk {
    const free = bytes === CHUNK_BYTES ? this.#free.pop() : undefined;
    const memory = free ?? Buffer.allocUnsafeSlow(bytes);
    const chunk = { segment, memory, offset: this.#offset, used: 0, records: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
