/**
 * One call of many messages both ways on one HTTP/2 stream. It lives as long as what it is about: an exchange of Envoy's
 * may take hours. What it can hold meanwhile is bounded: a message, and the stream's window while it is not read.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { type CallHost, PAUSED_BYTES_MAX } from './call-host.ts';
import { Http2Answer } from './http2-answer.ts';
import { MessageSplitter } from './message-splitter.ts';
import { GrpcStatus, type Refusal, refusalOf } from './status.ts';
import type { CallContext, DuplexCall, DuplexHandler, DuplexReceiver } from './transport.ts';

interface Opening {
  readonly context: CallContext;
  readonly headers: IncomingHttpHeaders;
  readonly handle: DuplexHandler;
}

export function startDuplexCall(stream: ServerHttp2Stream, host: CallHost, opening: Opening): void {
  new Http2DuplexCall(stream, host, opening).start(opening.handle);
}

class Http2DuplexCall implements DuplexCall {
  readonly context: CallContext;
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #headers: IncomingHttpHeaders;
  readonly #splitter: MessageSplitter;
  readonly #answer: Http2Answer;
  #receiver: DuplexReceiver | null = null;
  /** This call's part of the host's `bufferedBytes`. */
  #countedBytes = 0;
  #paused = false;
  /** True while the receiver is told something: what it does then has its effect when it returns. */
  #telling = false;
  /** The caller sends no more. */
  #callerEnded = false;

  constructor(stream: ServerHttp2Stream, host: CallHost, opening: Opening) {
    this.context = opening.context;
    this.#stream = stream;
    this.#host = host;
    this.#headers = opening.headers;
    this.#splitter = new MessageSplitter(host.limits.messageBytesMax);
    this.#answer = new Http2Answer(stream, host, () => this.#over());
  }

  start(handle: DuplexHandler): void {
    const stream = this.#stream;
    // Of a reset with NO_ERROR and of a session that breaks, node:http2 tells as of a caller that has nothing more to say, and
    // only once all is read. `aborted` comes before, at once.
    const closed = (): void => this.#answer.closed();
    stream.on('aborted', closed);
    stream.on('close', closed);
    this.#answer.liveUntil(this.context.deadline);
    try {
      this.#receiver = handle(this);
    } catch (error) {
      this.#fail(error);
      return;
    }
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('end', () => {
      this.#callerEnded = true;
      this.#tell();
    });
  }

  metadata(name: string): string | undefined {
    const value = name.startsWith(':') ? undefined : this.#headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  send(message: Uint8Array): void {
    this.#answer.send(message);
  }

  pause(): void {
    if (this.#answer.over || this.#paused) return;
    this.#paused = true;
    this.#stream.pause();
    this.#count();
  }

  resume(): void {
    if (this.#answer.over || !this.#paused) return;
    this.#paused = false;
    // Later, not from inside the receiver's own call of this method; and what is here goes before what the stream has.
    process.nextTick(() => this.#tell());
    this.#stream.resume();
  }

  refuse(refusal: Refusal): void {
    this.#answer.refuse(refusal);
  }

  #receive(chunk: Buffer): void {
    if (this.#answer.over) return;
    this.#splitter.push(chunk);
    this.#tell();
  }

  /** Tells the receiver what is here, until it pauses. */
  #tell(): void {
    if (this.#telling || this.#receiver === null) return;
    this.#telling = true;
    try {
      this.#tellMessages(this.#receiver);
      if (this.#callerEnded && !this.#paused && !this.#answer.over) this.#tellEnd(this.#receiver);
    } catch (error) {
      this.#fail(error);
    }
    this.#telling = false;
    this.#count();
  }

  #tellMessages(receiver: DuplexReceiver): void {
    while (!this.#paused && !this.#answer.over) {
      const message = this.#splitter.next();
      if (message === null) return;
      if (message instanceof Uint8Array) receiver.message(message);
      else this.#answer.refuseEarly(message.status, message.message);
    }
  }

  #tellEnd(receiver: DuplexReceiver): void {
    const refusal = this.#splitter.finish();
    if (refusal !== null) this.#answer.refuseEarly(refusal.status, refusal.message);
    else if (receiver.ended()) this.#answer.succeed(null);
    else
      this.#answer.refuse({ status: GrpcStatus.CANCELLED, message: 'the caller went without its answers' });
  }

  /** What a paused call holds is not known before it is read: it counts with the most that it can be. */
  #count(): void {
    if (this.#answer.over) return;
    const host = this.#host;
    const bytes = this.#splitter.heldBytes + (this.#paused ? PAUSED_BYTES_MAX : 0);
    const more = bytes - this.#countedBytes;
    if (more === 0) return;
    host.bufferedBytes += more;
    this.#countedBytes = bytes;
    if (more > 0 && host.bufferedBytes > host.limits.bufferedBytesMax) {
      this.#answer.refuseEarly(GrpcStatus.RESOURCE_EXHAUSTED, 'too many bytes are being received');
    }
  }

  #fail(error: unknown): void {
    const refusal = refusalOf(error);
    this.#host.observer.handlerFailed(this.context.path, error, refusal);
    this.#answer.refuse(refusal);
  }

  #over(): void {
    this.#host.bufferedBytes -= this.#countedBytes;
    this.#countedBytes = 0;
    this.#splitter.release();
    // What is still to come is read and dropped: a stream that is not read does not close.
    this.#stream.resume();
    // Not from inside another method of the receiver.
    process.nextTick(() => this.#tellClosed());
  }

  #tellClosed(): void {
    try {
      this.#receiver?.closed();
    } catch (error) {
      this.#host.observer.handlerFailed(this.context.path, error, refusalOf(error));
    }
    this.#receiver = null;
  }
}
