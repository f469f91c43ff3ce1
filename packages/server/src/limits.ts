import { availableParallelism } from 'node:os';

/** Every bound of the server: its unit last in the name, and its default. `limits` in sluice.yaml sets them. */
export interface ServerLimits {
  /** Bytes of one gRPC message. More is refused with RESOURCE_EXHAUSTED before it is read. */
  readonly messageBytesMax: number;
  /**
   * Bytes of all messages that are being received, over all connections (http2 transport). A call that is not read for
   * the moment counts with the 131,072 bytes that it can hold.
   */
  readonly bufferedBytesMax: number;
  /** Calls open at once on one connection. */
  readonly streamsPerConnectionMax: number;
  readonly connectionsMax: number;
  /**
   * Time from a call's headers to the end of its reply (http2 transport). A shorter grpc-timeout wins. For a call of many
   * messages, the time that its caller has to take the end.
   */
  readonly callMillisMax: number;
  /** Bytes of answers that a caller has not taken, for each call of many answers. More ends the call. */
  readonly unsentBytesMax: number;
  /** Time between two PINGs on a connection. */
  readonly keepaliveMillis: number;
  /** Time that a caller has to answer a PING. Past it the connection is cut, and its calls end. */
  readonly keepaliveAnswerMillisMax: number;
  /** Time that an inspector that answers later has for its verdict. */
  readonly verdictMillisMax: number;
  /** Header lines of a request. More makes it `uninspectable`. */
  readonly headerLinesMax: number;
  /** Bytes of body from which on it is taken as cut off: `max_request_bytes` of Envoy's filter. 0: not known. */
  readonly requestBodyBytesMax: number;
  /** Time for which a client may send nothing of a body that is held for its verdict. Beyond it the request is refused with 408. */
  readonly pauseMillisMax: number;
  /** Silence behind which Envoy is told to wait for longer. Less than Envoy's own time for an answer. */
  readonly rearmMillis: number;
  /** Silence behind which a held response that does not say its length is taken for a stream. */
  readonly responseQuietMillis: number;
  /** Bytes of one exchange that wait for the inspector before its stream is read no further. */
  readonly waitingBytesMax: number;
  /** The same in Detect, where nobody is made to wait: beyond it the body is left out of inspection. */
  readonly backlogBytesMax: number;
  /** The same of all exchanges together. */
  readonly backlogTotalBytesMax: number;
  /** Worker threads that inspect what is not small. 0: everything is inspected on the thread that speaks with Envoy. */
  readonly poolThreads: number;
  /** Exchanges that workers have open. */
  readonly poolTransactionsMax: number;
  /** Steps of exchanges that wait for a worker; beyond it no exchange is opened. */
  readonly poolQueueMax: number;
  /** Bytes of bodies that exchanges in workers keep until they are judged. */
  readonly poolKeptBytesMax: number;
  /** Time that one step may take in a worker. Beyond it the worker hangs, and is ended with all its exchanges. */
  readonly poolTaskMillisMax: number;
  /** Heap of a worker. Beyond it the worker ends with all its exchanges. */
  readonly poolHeapBytesMax: number;
  /** Bytes of one slab of the memory that workers read bodies from. */
  readonly slabBytes: number;
  readonly slabs: number;
  /** Bytes of bodies that wait for a slab. */
  readonly slabWaitBytesMax: number;
  /** Bytes of target, headers and body up to which a request is inspected on the thread that speaks with Envoy. */
  readonly inlineBytesMax: number;
  /** Values in query, cookies and body, as many as there can be by their separators. */
  readonly inlineValuesMax: number;
  /** Time for which an exchange may go on under rules that a reload has replaced. */
  readonly retiredMillisMax: number;
  /** Requests a second at paths of exclusions that are judged once more without them, to count what they let go, of all policies together; 0: none. */
  readonly exclusionLooksPerSecondMax: number;
}

/** Beyond four, one thread that speaks with Envoy has not enough work for more. */
const POOL_THREADS_MAX = 4;

export const DEFAULT_LIMITS: ServerLimits = Object.freeze({
  messageBytesMax: 16_777_216,
  bufferedBytesMax: 268_435_456,
  streamsPerConnectionMax: 1_024,
  connectionsMax: 1_024,
  callMillisMax: 10_000,
  unsentBytesMax: 1_048_576,
  keepaliveMillis: 30_000,
  keepaliveAnswerMillisMax: 20_000,
  verdictMillisMax: 150,
  headerLinesMax: 1_000,
  requestBodyBytesMax: 0,
  pauseMillisMax: 60_000,
  rearmMillis: 150,
  responseQuietMillis: 250,
  waitingBytesMax: 262_144,
  backlogBytesMax: 1_048_576,
  backlogTotalBytesMax: 67_108_864,
  poolThreads: Math.max(1, Math.min(availableParallelism() - 1, POOL_THREADS_MAX)),
  poolTransactionsMax: 4_096,
  poolQueueMax: 2_048,
  poolKeptBytesMax: 268_435_456,
  poolTaskMillisMax: 5_000,
  poolHeapBytesMax: 1_073_741_824,
  slabBytes: 65_536,
  slabs: 256,
  slabWaitBytesMax: 33_554_432,
  inlineBytesMax: 4_096,
  inlineValuesMax: 100,
  retiredMillisMax: 300_000,
  exclusionLooksPerSecondMax: 10,
});

/** Entries of Envoy's context_extensions. They come from its configuration, not from clients. */
export const CONTEXT_EXTENSIONS_MAX = 256;

/** Health watches open at once. */
export const HEALTH_WATCHES_MAX = 256;
