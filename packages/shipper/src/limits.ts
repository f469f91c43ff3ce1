/** Every bound of the shipper: its unit last in the name, and its default. ship.yaml sets those of PipelineLimits. */

export interface PipelineLimits {
  /** Records of one batch. */
  readonly batchRecordsMax: number;
  /** Bytes of one batch, as they are in the spool. A longer record makes a batch by itself. */
  readonly batchBytesMax: number;
  /** Time that a record waits for others to fill its batch. */
  readonly batchAgeMillisMax: number;
  /**
   * Batches on their way to one sink. It begins with one, doubles with each round until the sink is busy for the first time, adds one a round from
   * then on, and halves when it is busy.
   */
  readonly inFlightMax: number;
  /** Bytes of records in memory, over all batches of one sink that are not done; a batch more for each spool. */
  readonly heldBytesMax: number;
  /** Bytes that are read and not committed, for each spool and sink: how far the others go on when one batch is stuck. */
  readonly aheadBytesMax: number;
  /** Time before a second attempt. It doubles with each further one; half of it is left to chance. */
  readonly backoffMillisMin: number;
  readonly backoffMillisMax: number;
  /** Attempts of one record that the sink answers with an error of its own, before the record is a dead letter. */
  readonly refusalsMax: number;
}

export const DEFAULT_PIPELINE_LIMITS: PipelineLimits = {
  batchRecordsMax: 5_000,
  batchBytesMax: 2_097_152,
  batchAgeMillisMax: 1_000,
  inFlightMax: 8,
  // As many as may be on their way: fewer held would leave places empty.
  heldBytesMax: 16_777_216,
  aheadBytesMax: 33_554_432,
  backoffMillisMin: 200,
  backoffMillisMax: 30_000,
  refusalsMax: 8,
};

/** What `aheadBytesMax` may be set to. */
export const AHEAD_BYTES_CEILING = 268_435_456;

/**
 * Bytes behind a committed position that a process before this one may have sent: it was never further ahead, whatever it
 * was set to. Batches that begin so near are asked for before they are sent.
 */
export const REPEATED_BYTES_MAX = 2 * AHEAD_BYTES_CEILING;

/** Bytes of a batch that a busy sink is brought down to. */
export const BATCH_BYTES_MIN = 65_536;

/** Bytes of dead letters of one sink. Beyond it the oldest files go, which is counted and said. */
export const DEAD_LETTER_BYTES_MAX = 1_073_741_824;

/** Files of dead letters of one sink: each batch that has some makes one. */
export const DEAD_LETTER_FILES_MAX = 10_000;

/** Characters of a reason that are kept. */
export const REASON_LENGTH_MAX = 2_000;

/** Distinct codes of dead letters that are counted by themselves; the rest is `other`. */
export const DEAD_CODES_MAX = 50;

/** Time for one request to Elasticsearch. Longer than its own time for a shard that is not there (60 s). */
export const REQUEST_MILLIS_MAX = 90_000;

/** Bytes of an answer of Elasticsearch. */
export const ANSWER_BYTES_MAX = 67_108_864;

/** Ids of one question which of them are stored. Twice as many hits are under index.max_result_window (10,000). */
export const PRESENCE_IDS_MAX = 4_000;

/** Time between two looks whether a request whose answer was lost is still at work. */
export const FENCE_POLL_MILLIS = 100;

/** Time that such a request may be at work before its records are tried later. */
export const FENCE_MILLIS_MAX = 60_000;

/** Time that it is given where the server does not say which requests are at work. */
export const FENCE_BLIND_MILLIS = 10_000;

/** Time between two looks for spools of processes that were started since. */
export const SPOOLS_LOOKED_FOR_MILLIS = 10_000;

/** Seconds over which the rate is taken. */
export const RATE_SAMPLES = 10;

/** Age of the oldest record that waits, beyond which a sink counts as behind. */
export const LATE_MILLIS = 30_000;

/** Time between two lines about that. */
export const CATCHING_UP_TOLD_MILLIS = 30_000;
