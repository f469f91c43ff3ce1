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
 * Bytes that a caller may send on one call before it is read. It is what each upload may put in front of other requests on its connection:
 * with four times as much, the p99 of a GET beside four huge uploads was three times as long and more, and the uploads no faster.
 */
export const STREAM_WINDOW_BYTES = 65_536;

/** Bytes that node:http2 reads ahead of a stream that is paused, and gives back to its window (the highWaterMark of a stream). */
const READ_AHEAD_BYTES = 65_536;

/** The most that a call which is not read can hold. */
export const PAUSED_BYTES_MAX = STREAM_WINDOW_BYTES + READ_AHEAD_BYTES;
