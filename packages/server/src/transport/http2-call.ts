/**
 * One gRPC call on one HTTP/2 stream. It ends in exactly one of three ways: a message and status 0, a status that is
 * not 0, or the caller going away. Whatever goes wrong, it is never the first.
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { frame, MessageCollector } from './frame.ts';
import { encodeMessage, isGrpcContentType, readTimeout } from './grpc-headers.ts';
import { GrpcStatus, type Refusal, refusalOf } from './status.ts';
import type { CallContext, ReplyStream, StreamHandler, TransportOptions, UnaryHandler } from './transport.ts';

const CONTENT_TYPE = 'application/grpc';

/** What the calls of a transport share. */
export interface CallHost extends TransportOptions {
  /** Bytes of messages that are being received, over all calls. */
  bufferedBytes: number;
  callOpened(): void;
  callClosed(): void;
}

type Handler =
  | { readonly kind: 'unary'; readonly handle: UnaryHandler }
  | { readonly kind: 'stream'; readonly handle: StreamHandler };

export class Http2Call implements ReplyStream {
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #collector: MessageCollector;
  #handler: Handler | null = null;
  #context: CallContext = { path: '', deadline: null };
  #timer: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  /** True once the call has its end, or the caller is gone. */
  #answered = false;
  #headersSent = false;
  #closeListeners: (() => void)[] = [];

  constructor(stream: ServerHttp2Stream, host: CallHost) {
    this.#stream = stream;
    this.#host = host;
    this.#collector = new MessageCollector(host.limits.messageBytesMax);
  }

  /** Takes the call. Refusals of the headers happen here; everything else follows the stream's events. */
  start(headers: IncomingHttpHeaders): void {
    const stream = this.#stream;
    this.#host.callOpened();
    stream.once('close', () => this.#closed());
    // A stream's error is the caller's reset or a broken connection: `close` follows, and the call is dropped there.
    stream.once('error', (error) => this.#host.observer.connectionFailed(error));
    if (headers[':method'] !== 'POST') {
      this.#respondHttp(405);
      return;
    }
    if (!isGrpcContentType(headers['content-type'])) {
      this.#respondHttp(415);
      return;
    }
    const path = headers[':path'] ?? '';
    const timeout = readTimeout(headers);
    if (timeout === 'malformed') {
      this.#refuseEarly(GrpcStatus.INTERNAL, 'a malformed grpc-timeout');
      return;
    }
    this.#handler = this.#find(path);
    if (this.#handler === null) {
      this.#refuseEarly(GrpcStatus.UNIMPLEMENTED, 'no such method');
      return;
    }
    const callMillisMax = this.#host.limits.callMillisMax;
    this.#context = { path, deadline: timeout === null ? null : Date.now() + timeout };
    this.#arm(Math.min(timeout ?? callMillisMax, callMillisMax));
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.once('end', () => this.#dispatch());
  }

  #find(path: string): Handler | null {
    const unary = this.#host.services.unary.get(path);
    if (unary !== undefined) return { kind: 'unary', handle: unary };
    const streaming = this.#host.services.streams.get(path);
    return streaming === undefined ? null : { kind: 'stream', handle: streaming };
  }

  #receive(chunk: Buffer): void {
    if (this.#answered) return;
    const refusal = this.#collector.push(chunk);
    if (refusal !== null) {
      this.#refuseEarly(refusal.status, refusal.message);
      return;
    }
    const host = this.#host;
    host.bufferedBytes += this.#collector.heldBytes - this.#heldBytes;
    this.#heldBytes = this.#collector.heldBytes;
    if (host.bufferedBytes > host.limits.bufferedBytesMax) {
      this.#refuseEarly(GrpcStatus.RESOURCE_EXHAUSTED, 'too many bytes are being received');
    }
  }

  #dispatch(): void {
    if (this.#answered || this.#handler === null) return;
    const message = this.#collector.finish();
    if (!(message instanceof Uint8Array)) {
      this.#refuseEarly(message.status, message.message);
      return;
    }
    if (this.#handler.kind === 'stream') {
      this.#startStream(this.#handler.handle, message);
      return;
    }
    try {
      const answer = this.#handler.handle(message, this.#context);
      if (answer instanceof Uint8Array) {
        this.#reply(answer);
        return;
      }
      answer.then(
        (bytes) => this.#reply(bytes),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A stream of replies lives as long as its caller wants, or grpc-timeout says. */
  #startStream(handle: StreamHandler, message: Uint8Array): void {
    clearTimeout(this.#timer);
    const { deadline } = this.#context;
    if (deadline !== null) this.#arm(deadline - Date.now());
    try {
      handle(message, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #reply(message: Uint8Array): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#releaseMessage();
    this.#stream.once('wantTrailers', () => this.#stream.sendTrailers({ 'grpc-status': '0' }));
    this.#sendHeaders();
    this.#stream.end(frame(message));
  }

  #sendHeaders(): void {
    this.#headersSent = true;
    this.#stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE }, { waitForTrailers: true });
  }

  send(message: Uint8Array): void {
    if (this.#answered) return;
    if (!this.#headersSent) this.#sendHeaders();
    this.#stream.write(frame(message));
  }

  refuse(refusal: Refusal): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#releaseMessage();
    const trailers = {
      'grpc-status': String(refusal.status),
      'grpc-message': encodeMessage(refusal.message),
    };
    if (this.#headersSent) {
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
      this.#stream.end();
      return;
    }
    this.#stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, ...trailers }, { endStream: true });
    this.#stopReceiving();
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  #fail(error: unknown): void {
    const refusal = refusalOf(error);
    this.#host.observer.handlerFailed(this.#context.path, error, refusal);
    this.refuse(refusal);
  }

  /** Refuses what no handler has seen. */
  #refuseEarly(status: Refusal['status'], message: string): void {
    const refusal = { status, message };
    this.#host.observer.refused(refusal);
    this.refuse(refusal);
  }

  /** An answer to who does not speak gRPC. */
  #respondHttp(status: number): void {
    this.#answered = true;
    this.#host.observer.refused({ status: GrpcStatus.UNIMPLEMENTED, message: `HTTP status ${status}` });
    this.#stream.respond({ ':status': status }, { endStream: true });
    this.#stopReceiving();
  }

  /** The answer is out; what the caller still sends is not wanted. RST_STREAM with NO_ERROR says so (RFC 9113, 8.1). */
  #stopReceiving(): void {
    if (this.#stream.readableEnded) return;
    this.#stream.resume();
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #arm(millis: number): void {
    this.#timer = setTimeout(() => this.#expired(), Math.max(0, millis));
  }

  #expired(): void {
    // Answered and still open: the caller does not take the answer.
    if (this.#answered) this.#stream.close(constants.NGHTTP2_CANCEL);
    else this.#refuseEarly(GrpcStatus.DEADLINE_EXCEEDED, 'the deadline is over');
  }

  #releaseMessage(): void {
    this.#host.bufferedBytes -= this.#heldBytes;
    this.#heldBytes = 0;
    this.#collector.release();
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#answered = true;
    this.#releaseMessage();
    this.#host.callClosed();
    for (const listener of this.#closeListeners) listener();
    this.#closeListeners = [];
  }
}
