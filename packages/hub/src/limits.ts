/** Every bound of the hub: its unit last in the name, and its default. `limits` in hub.yaml sets them. */
export interface HubLimits {
  /** Bytes of the body of a batch, as it comes. */
  readonly batchBytesMax: number;
  /** Bytes of a batch when it is decompressed. */
  readonly batchPlainBytesMax: number;
  readonly batchRecordsMax: number;
  /** Batches that are being read or stored at once; further ones are answered 503. */
  readonly batchesMax: number;
  /** Connections of nodes. */
  readonly nodeConnectionsMax: number;
  /** Connections of those who ask. */
  readonly queryConnectionsMax: number;
  /** Bytes of the body of a query. */
  readonly queryBytesMax: number;
  /** Queries that the store works on at once; further ones are answered 503. */
  readonly queriesMax: number;
  /** Time that the store has for an answer. */
  readonly queryMillisMax: number;
  /** Clients that follow live. */
  readonly tailClientsMax: number;
  /** Bytes that wait for one of them; what comes while they wait is left out, and said. */
  readonly tailWaitingBytesMax: number;
  /** Time of a request from its first byte to the last of its body. */
  readonly requestMillisMax: number;
  /** Nodes of which the hub remembers when they last delivered. */
  readonly nodesMax: number;
  /** Time that requests have for their end when the hub is told to stop. */
  readonly drainMillisMax: number;
}

export const DEFAULT_LIMITS: HubLimits = Object.freeze({
  batchBytesMax: 8_388_608,
  batchPlainBytesMax: 33_554_432,
  batchRecordsMax: 50_000,
  batchesMax: 16,
  nodeConnectionsMax: 4_096,
  queryConnectionsMax: 256,
  queryBytesMax: 1_048_576,
  queriesMax: 8,
  queryMillisMax: 30_000,
  tailClientsMax: 16,
  tailWaitingBytesMax: 1_048_576,
  requestMillisMax: 30_000,
  nodesMax: 10_000,
  drainMillisMax: 10_000,
});

/** Characters of a record's source. */
export const SOURCE_LENGTH_MAX = 512;

/** Time between two signs of life to a client that follows live. */
export const TAIL_HEARTBEAT_MILLIS = 15_000;

/** Time between two looks at files of certificates and tokens. */
export const FILES_CHECK_MILLIS = 5_000;

/** Characters of a bearer token: below, it can be guessed. */
export const TOKEN_LENGTH_MIN = 16;
