/**
 * One gRPC call on one HTTP/2 stream, from its headers on: which method, how long, and who goes on with it. Calls of one
 * message are collected and handled here, those of many in http2-duplex.ts.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { CallHost } from './call-host.ts';
import { MessageCollector } from './frame.ts';
import { isGrpcContentType, readTimeout } from './grpc-headers.ts';
import { Http2Answer } from './http2-answer.ts';
import { startDuplexCall } from './http2-duplex.ts';
import { GrpcStatus, type Refusal, refusalOf } from './status.ts';
import type { CallContext, ReplyStream, StreamHandler, UnaryHandler } from './transport.ts';

type Handler =
  | { readonly kind: 'unary'; readonly handle: UnaryHandler }
  | { readonly kind: 'stream'; readonly handle: StreamHandler };

/** Takes a call. Refusals of the headers happen here; everything else follows the stream's events. */
export function startCall(stream: ServerHttp2Stream, host: CallHost, headers: IncomingHttpHeaders): void {
  host.callOpened();
  // `on` where what comes once comes once anyhow: `once` makes a closure and a state for each.
  stream.on('close', host.callClosed);
  // A stream's error is the caller's reset or a broken connection: `close` follows, and the call is dropped there.
  stream.on('error', host.callBroke);
  if (headers[':method'] !== 'POST') {
    earlyAnswer(stream, host).respondHttp(405);
    return;
  }
  if (!isGrpcContentType(headers['content-type'])) {
    earlyAnswer(stream, host).respondHttp(415);
    return;
  }
  const path = headers[':path'] ?? '';
  const timeout = readTimeout(headers);
  if (timeout === 'malformed') {
    earlyAnswer(stream, host).refuseEarly(GrpcStatus.INTERNAL, 'a malformed grpc-timeout');
    return;
  }
  const context = { path, deadline: timeout === null ? null : Date.now() + timeout };
  const duplex = host.services.duplex.get(path);
  if (duplex !== undefined) {
    startDuplexCall(stream, host, { context, headers, handle: duplex });
    return;
  }
  const handler = find(host, path);
  if (handler === null) earlyAnswer(stream, host).refuseEarly(GrpcStatus.UNIMPLEMENTED, 'no such method');
  else new SingleMessageCall(stream, host, handler, context).start(timeout);
}

/** For a call that no handler sees. */
const earlyAnswer = (stream: ServerHttp2Stream, host: CallHost): Http2Answer =>
  new Http2Answer(stream, host, () => {});

function find(host: CallHost, path: string): Handler | null {
  const unary = host.services.unary.get(path);
  if (unary !== undefined) return { kind: 'unary', handle: unary };
  const streaming = host.services.streams.get(path);
  return streaming === undefined ? null : { kind: 'stream', handle: streaming };
}

/** A call of one message, which is answered with one message or with many. */
class SingleMessageCall implements ReplyStream {
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #handler: Handler;
  readonly #context: CallContext;
  readonly #collector: MessageCollector;
  readonly #answer: Http2Answer;
  #heldBytes = 0;
  #closeListeners: (() => void)[] = [];

  constructor(stream: ServerHttp2Stream, host: CallHost, handler: Handler, context: CallContext) {
    this.#stream = stream;
    this.#host = host;
    this.#handler = handler;
    this.#context = context;
    this.#collector = new MessageCollector(host.limits.messageBytesMax);
    this.#answer = new Http2Answer(stream, host, () => this.#releaseMessage());
  }

  start(timeout: number | null): void {
    this.#stream.on('close', () => this.#closed());
    this.#answer.limit(timeout);
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#stream.on('end', () => this.#dispatch());
  }

  send(message: Uint8Array): void {
    this.#answer.send(message);
  }

  refuse(refusal: Refusal): void {
    this.#answer.refuse(refusal);
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  #receive(chunk: Buffer): void {
    if (this.#answer.over) return;
    const refusal = this.#collector.push(chunk);
    if (refusal !== null) {
      this.#answer.refuseEarly(refusal.status, refusal.message);
      return;
    }
    const host = this.#host;
    host.bufferedBytes += this.#collector.heldBytes - this.#heldBytes;
    this.#heldBytes = this.#collector.heldBytes;
    if (host.bufferedBytes > host.limits.bufferedBytesMax) {
      this.#answer.refuseEarly(GrpcStatus.RESOURCE_EXHAUSTED, 'too many bytes are being received');
    }
  }

  #dispatch(): void {
    if (this.#answer.over) return;
    const message = this.#collector.finish();
    if (!(message instanceof Uint8Array)) {
      this.#answer.refuseEarly(message.status, message.message);
      return;
    }
    try {
      if (this.#handler.kind === 'stream') {
        this.#answer.liveUntil(this.#context.deadline);
        this.#handler.handle(message, this);
        return;
      }
      const answer = this.#handler.handle(message, this.#context);
      if (answer instanceof Uint8Array) {
        this.#answer.succeed(answer);
        return;
      }
      answer.then(
        (bytes) => this.#answer.succeed(bytes),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const refusal = refusalOf(error);
    this.#host.observer.handlerFailed(this.#context.path, error, refusal);
    this.#answer.refuse(refusal);
  }

  #releaseMessage(): void {
    this.#host.bufferedBytes -= this.#heldBytes;
    this.#heldBytes = 0;
    this.#collector.release();
  }

  #closed(): void {
    this.#answer.closed();
    for (const listener of this.#closeListeners) listener();
    this.#closeListeners = [];
  }
}
