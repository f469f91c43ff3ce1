/** Every bound of the server: its unit last in the name, and its default. `limits` in sluice.yaml sets them. */
export interface ServerLimits {
  /** Bytes of one gRPC message. More is refused with RESOURCE_EXHAUSTED before it is read. */
  readonly messageBytesMax: number;
  /** Bytes of all messages that are being received, over all connections (http2 transport). */
  readonly bufferedBytesMax: number;
  /** Calls open at once on one connection. */
  readonly streamsPerConnectionMax: number;
  readonly connectionsMax: number;
  /** Time from a call's headers to the end of its reply (http2 transport). A shorter grpc-timeout wins. */
  readonly callMillisMax: number;
  /** Time that an inspector that answers later has for its verdict. */
  readonly verdictMillisMax: number;
  /** Header lines of a request. More makes it `uninspectable`. */
  readonly headerLinesMax: number;
  /** Bytes of body from which on it is taken as cut off: `max_request_bytes` of Envoy's filter. 0: not known. */
  readonly requestBodyBytesMax: number;
}

export const DEFAULT_LIMITS: ServerLimits = Object.freeze({
  messageBytesMax: 16_777_216,
  bufferedBytesMax: 268_435_456,
  streamsPerConnectionMax: 1_024,
  connectionsMax: 1_024,
  callMillisMax: 10_000,
  verdictMillisMax: 150,
  headerLinesMax: 1_000,
  requestBodyBytesMax: 0,
});

/** Entries of Envoy's context_extensions. They come from its configuration, not from clients. */
export const CONTEXT_EXTENSIONS_MAX = 256;

/** Health watches open at once. */
export const HEALTH_WATCHES_MAX = 256;
