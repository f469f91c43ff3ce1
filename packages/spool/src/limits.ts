/** Every bound of the spool: its unit last in the name, its default, and why it is what it is. */

export interface SpoolLimits {
  /** Bytes of all segments of a spool. */
  readonly bytesMax: number;
  /** Bytes of one segment. What is dropped or released goes by whole segments. */
  readonly segmentBytes: number;
  /** Bytes of records in memory that wait for the disk. */
  readonly bufferBytesMax: number;
  /** Bytes of one record. An event of the CRS on an attack has 3 to 30 KB. */
  readonly recordBytesMax: number;
}

export const DEFAULT_SPOOL_LIMITS: SpoolLimits = Object.freeze({
  bytesMax: 1_073_741_824,
  segmentBytes: 16_777_216,
  bufferBytesMax: 16_777_216,
  recordBytesMax: 4_194_304,
});

/** No record is longer, whatever a writer is set to: what says so is none. */
export const RECORD_BYTES_LIMIT = 16_777_216;

/** Below this, four segments of a quarter each would not hold a large event. */
export const SPOOL_BYTES_MIN = 1_048_576;
/** A spool has at least so many segments when it is full: dropping the oldest loses a part, not most of it. */
export const SEGMENTS_MIN = 4;
/** A file takes a block of the disk, however short it is: counted so, a process that restarts in a loop stays within bytesMax. */
export const SEGMENT_COUNTED_BYTES_MIN = 4_096;

/** Bytes of one piece of memory that records are encoded into. */
export const CHUNK_BYTES = 65_536;
/** Pieces kept for reuse. */
export const FREE_CHUNKS_MAX = 32;
/** Bytes of one write. */
export const BATCH_BYTES = 1_048_576;
/** Time for which records are collected before they are written, unless there is a batch of them. */
export const BATCH_MILLIS = 5;

/** Between attempts to write where the disk refuses: doubled each time. */
export const RETRY_MILLIS_MIN = 100;
export const RETRY_MILLIS_MAX = 5_000;

/** Between looks at what readers have committed. */
export const RELEASE_MILLIS = 1_000;
/** Between lines about the same trouble. */
export const TELL_MILLIS = 10_000;

/** Between looks of a reader that has read everything. An event is seen this much later at most, and a write. */
export const POLL_MILLIS = 50;
/** Bytes that a reader takes from the disk at once. */
export const READ_BLOCK_BYTES = 262_144;
/** For this time bytes that are no record are taken for one that is being written, where no newer segment tells. */
export const STALL_MILLIS = 1_000;

/** Readers of one spool. */
export const READERS_MAX = 64;
