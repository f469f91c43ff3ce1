/**
 * What services know of the network: bytes come, bytes go. Two implementations pass one contract suite: gRPC framing of
 * our own on node:http2 (http2.ts, the data path) and @grpc/grpc-js (grpc-js.ts, the reference).
 */
import type { BoundAddress, ListenAddress } from '../address.ts';
import type { ServerLimits } from '../limits.ts';
import type { Refusal } from './status.ts';

export interface CallContext {
  /** `/package.Service/Method` */
  readonly path: string;
  /** Milliseconds since the epoch, from grpc-timeout; null where the caller set none. */
  readonly deadline: number | null;
}

/**
 * Answers one message with one. `message` is valid until the answer. What it throws becomes a status that is not OK
 * (status.ts); nothing else ends a call without a message.
 */
export type UnaryHandler = (message: Uint8Array, call: CallContext) => Uint8Array | Promise<Uint8Array>;

/** Answers one message with any number. */
export type StreamHandler = (message: Uint8Array, stream: ReplyStream) => void;

export interface ReplyStream {
  send(message: Uint8Array): void;
  /** Ends the stream with a status that is not OK. */
  refuse(refusal: Refusal): void;
  /** Called once when the caller is gone or the stream has ended. */
  onClose(listener: () => void): void;
}

/** Handlers by path, `/package.Service/Method`. */
export interface Services {
  readonly unary: ReadonlyMap<string, UnaryHandler>;
  readonly streams: ReadonlyMap<string, StreamHandler>;
}

/** What a transport reports beside its replies: for logs and metrics, never for decisions. */
export interface TransportObserver {
  /** A handler threw; the call was refused. */
  handlerFailed(path: string, error: unknown, refusal: Refusal): void;
  /** The transport refused a call before any handler saw it. */
  refused(refusal: Refusal): void;
  /** A connection broke. */
  connectionFailed(error: unknown): void;
}

export interface Transport {
  /** @throws ServerError ADDRESS_IN_USE, LISTEN_FAILED */
  listen(address: ListenAddress): Promise<BoundAddress>;
  /** Calls that have no end yet. */
  readonly callsInFlight: number;
  /**
   * Accepts no more connections, tells callers to go elsewhere, waits for calls up to a bound and ends the rest.
   * Resolves to the number of calls that were cut off.
   */
  drain(waitMillis: number): Promise<number>;
  /** Ends everything at once. Can be called again. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly services: Services;
  readonly limits: ServerLimits;
  readonly observer: TransportObserver;
}

export type TransportFactory = (options: TransportOptions) => Transport;
