/**
 * The answering side of one HTTP/2 stream: headers once, messages, one end. The end is status 0 or another; whatever
 * goes wrong, it is never the first.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CallHost } from './call-host.ts';
import { frame } from './frame.ts';
import { encodeMessage } from './grpc-headers.ts';
import { GrpcStatus, type Refusal } from './status.ts';

const CONTENT_TYPE = 'application/grpc';

/** Names and values in turn, as node:http2 writes them down: it copies an object first, and looks each name up. It changes nothing here. */
const HEADERS: string[] = [':status', '200', 'content-type', CONTENT_TYPE];

/** gRPC has no use for a date, and it is one more string a call for both sides. */
const WITH_MESSAGES = { waitForTrailers: true, sendDate: false };
const WITHOUT_MESSAGES = { endStream: true, sendDate: false };

type Trailers = Readonly<Record<string, string>>;

const OK: Trailers = { 'grpc-status': '0' };

export class Http2Answer {
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** A call that may live for long is bounded by `callMillisMax` from its end on, another from its beginning. */
  #longLived = false;
  #headersSent = false;
  #over = false;

  /** `onOver` is called once: when the answer has its end, or the caller is gone. */
  constructor(stream: ServerHttp2Stream, host: CallHost, onOver: () => void) {
    this.#stream = stream;
    this.#host = host;
    this.#onOver = onOver;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Bounds the time until the caller has the whole answer. `timeout` is the caller's, in milliseconds. */
  limit(timeout: number | null): void {
    const { callMillisMax } = this.#host.limits;
    this.#arm(Math.min(timeout ?? callMillisMax, callMillisMax));
  }

  /** The call lives as long as its two ends want, or until a time in milliseconds since the epoch. */
  liveUntil(deadline: number | null): void {
    clearTimeout(this.#timer);
    this.#longLived = true;
    if (deadline !== null) this.#arm(deadline - Date.now());
  }

  /** A caller that does not read what it is sent loses the call. */
  send(message: Uint8Array): void {
    if (this.#over) return;
    this.#sendHeaders();
    this.#stream.write(frame(message));
    if (this.#stream.writableLength <= this.#host.limits.unsentBytesMax) return;
    this.#host.observer.refused({
      status: GrpcStatus.RESOURCE_EXHAUSTED,
      message: 'the caller does not read its answers',
    });
    this.#end();
    // A status would wait behind what is not read.
    this.#stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Ends with status 0, behind a last message where there is one. */
  succeed(message: Uint8Array | null): void {
    if (this.#over) return;
    if (message !== null) this.#sendHeaders();
    this.#finish(OK, message);
  }

  /** Ends with a status that is not 0. */
  refuse(refusal: Refusal): void {
    if (this.#over) return;
    const { status, message } = refusal;
    this.#finish({ 'grpc-status': String(status), 'grpc-message': encodeMessage(message) }, null);
  }

  /** Refuses what no handler has seen. */
  refuseEarly(status: Refusal['status'], message: string): void {
    if (this.#over) return;
    const refusal = { status, message };
    this.#host.observer.refused(refusal);
    this.refuse(refusal);
  }

  /** An answer to who does not speak gRPC. */
  respondHttp(status: number): void {
    this.#host.observer.refused({ status: GrpcStatus.UNIMPLEMENTED, message: `HTTP status ${status}` });
    this.#end();
    this.#stream.respond({ ':status': status }, { endStream: true });
    this.#stopReceiving();
  }

  /** The caller is gone, or has everything. */
  closed(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
  }

  #sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    this.#stream.respond(HEADERS, WITH_MESSAGES);
  }

  #finish(trailers: Trailers, message: Uint8Array | null): void {
    this.#end();
    const stream = this.#stream;
    if (!this.#headersSent) {
      stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, ...trailers }, WITHOUT_MESSAGES);
      this.#stopReceiving();
      return;
    }
    // No RST_STREAM behind these: node:http2 would send it before them. A caller that has its end stops by itself, or is stopped when
    // its time is over.
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    if (message === null) stream.end();
    else stream.end(frame(message));
  }

  #end(): void {
    this.#over = true;
    if (this.#longLived) this.#arm(this.#host.limits.callMillisMax);
    this.#onOver();
  }

  /** Behind an answer that is headers alone: what the caller still sends is not wanted. RST_STREAM with NO_ERROR says so (RFC 9113, 8.1). */
  #stopReceiving(): void {
    if (this.#stream.readableEnded) return;
    this.#stream.resume();
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #arm(millis: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expired(), Math.max(0, millis));
  }

  #expired(): void {
    // Answered and still open: the caller does not take the answer.
    if (this.#over) this.#stream.close(constants.NGHTTP2_CANCEL);
    else this.refuseEarly(GrpcStatus.DEADLINE_EXCEEDED, 'the deadline is over');
  }
}
