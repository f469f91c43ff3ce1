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

/** Takes one call of many messages both ways. What it throws refuses the call. */
export type DuplexHandler = (call: DuplexCall) => DuplexReceiver;

/** What the transport tells of a duplex call, in order. What a method throws refuses the call (status.ts). */
export interface DuplexReceiver {
  /** The next message; `message` is valid until this returns. */
  message(message: Uint8Array): void;
  /**
   * The caller sends no more. True where it has every answer that it waits for, and the call ends with OK; false, and
   * it ends with a status that is not OK. There is no other way to an OK: a clean close in front of a verdict, which
   * Envoy takes for an allow, cannot be said.
   */
  ended(): boolean;
  /** Once, when the call is over, whoever ended it. Nothing is told after it. */
  closed(): void;
}

/** How a duplex call is answered. After its end every method does nothing. */
export interface DuplexCall {
  readonly context: CallContext;
  /** A request header of the call (gRPC's metadata), by its lower-case name; undefined where it is not there. */
  metadata(name: string): string | undefined;
  send(message: Uint8Array): void;
  /** No more messages until `resume`: HTTP/2's flow control tells the caller. Messages that are here already may still be told. */
  pause(): void;
  resume(): void;
  /** Ends the call with a status that is not OK. */
  refuse(refusal: Refusal): void;
}

/** Handlers by path, `/package.Service/Method`. */
export interface Services {
  readonly unary: ReadonlyMap<string, UnaryHandler>;
  readonly streams: ReadonlyMap<string, StreamHandler>;
  readonly duplex: ReadonlyMap<string, DuplexHandler>;
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
