/** What the calls of the http2 transport share. */
import type { TransportOptions } from './transport.ts';

export interface CallHost extends TransportOptions {
  /** Bytes of messages that are being received, over all calls. */
  bufferedBytes: number;
  callOpened(): void;
  /** Listener of every stream: needs no `this`. */
  readonly callClosed: () => void;
  readonly callBroke: (error: unknown) => void;
}

/**
 * Bytes that a caller may send on one call before it is read, and so the most that a call which is not read can hold. A body of Envoy's
 * usual size needs no WINDOW_UPDATE on the way.
 */
export const STREAM_WINDOW_BYTES = 262_144;
