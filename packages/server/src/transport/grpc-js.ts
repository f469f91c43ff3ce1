/**
 * The reference transport: @grpc/grpc-js with serialisers that pass bytes through. Differences to http2.ts that the
 * library decides: a message whose compression flag is set is decompressed (within the same limit) where the call
 * names gzip or deflate; a call without grpc-timeout has no bound in time; bytes in flight are bounded by message only,
 * and on a call of many messages by sixteen of them beside a window of 65,535 bytes; such a call may end in the middle of
 * a message, of which nothing is told; one that is refused because its caller does not read is open until the caller goes.
 */
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { BoundAddress, ListenAddress } from '../address.ts';
import { asBuffer, GrpcJsDuplexCall, statusObject } from './grpc-js-duplex.ts';
import { InFlight } from './in-flight.ts';
import { Sockets } from './sockets.ts';
import { type Refusal, refusalOf } from './status.ts';
import type {
  DuplexHandler,
  ReplyStream,
  StreamHandler,
  Transport,
  TransportFactory,
  TransportOptions,
  UnaryHandler,
} from './transport.ts';

/** The library's own end of a drain lies this far behind ours. */
const DRAIN_MARGIN_MILLIS = 10_000;

const passThrough = (bytes: Buffer): Buffer => bytes;

class GrpcJsTransport implements Transport {
  readonly #server: Server;
  readonly #sockets: Sockets;
  readonly #injector: ConnectionInjector;
  readonly #options: TransportOptions;
  readonly #calls = new InFlight();

  constructor(options: TransportOptions) {
    const { services, limits } = options;
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_concurrent_streams': limits.streamsPerConnectionMax,
      'grpc.keepalive_time_ms': limits.keepaliveMillis,
      'grpc.keepalive_timeout_ms': limits.keepaliveAnswerMillisMax,
      'grpc.enable_channelz': 0,
    });
    for (const [path, handle] of services.unary) this.#addUnary(path, handle);
    for (const [path, handle] of services.streams) this.#addStream(path, handle);
    for (const [path, handle] of services.duplex) this.#addDuplex(path, handle);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#sockets = new Sockets(limits.connectionsMax, (socket) => this.#injector.injectConnection(socket));
  }

  listen(address: ListenAddress): Promise<BoundAddress> {
    return this.#sockets.listen(address);
  }

  get callsInFlight(): number {
    return this.#calls.count;
  }

  async drain(waitMillis: number): Promise<number> {
    this.#sockets.stopAccepting();
    // GOAWAY to every caller. What is still open when the time is over ends below, where it is counted, and not here.
    this.#injector.drain(waitMillis + DRAIN_MARGIN_MILLIS);
    await this.#calls.idle(waitMillis);
    const cut = this.#calls.count;
    // A call's last bytes may still be on their way: its connection ends after them.
    if (cut === 0) await this.#sockets.idle(waitMillis);
    await this.close();
    return cut;
  }

  async close(): Promise<void> {
    this.#sockets.stopAccepting();
    this.#injector.destroy();
    this.#server.forceShutdown();
    this.#sockets.destroyConnections();
  }

  #addUnary(path: string, handle: UnaryHandler): void {
    const implementation = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
      this.#calls.opened();
      const finish = (refusal: Refusal | null, bytes?: Uint8Array): void => {
        this.#calls.closed();
        if (refusal !== null) callback(statusObject(refusal));
        else callback(null, asBuffer(bytes ?? new Uint8Array(0)));
      };
      const fail = (error: unknown): void => finish(this.#failed(path, error));
      const deadline = call.getDeadline();
      try {
        const answer = handle(call.request, {
          path,
          deadline: Number.isFinite(Number(deadline)) ? Number(deadline) : null,
        });
        if (answer instanceof Uint8Array) finish(null, answer);
        else answer.then((bytes) => finish(null, bytes), fail);
      } catch (error) {
        fail(error);
      }
    };
    this.#server.register(path, implementation, passThrough, passThrough, 'unary');
  }

  #addStream(path: string, handle: StreamHandler): void {
    const implementation = (call: ServerWritableStream<Buffer, Buffer>): void => {
      this.#calls.opened();
      const listeners: (() => void)[] = [];
      let closed = false;
      const close = (): void => {
        if (closed) return;
        closed = true;
        this.#calls.closed();
        for (const listener of listeners) listener();
      };
      const stream: ReplyStream = {
        send: (message) => {
          if (!closed) call.write(asBuffer(message));
        },
        refuse: (refusal) => {
          if (closed) return;
          close();
          call.emit('error', statusObject(refusal));
        },
        onClose: (listener) => listeners.push(listener),
      };
      call.once('cancelled', close);
      try {
        handle(call.request, stream);
      } catch (error) {
        stream.refuse(this.#failed(path, error));
      }
    };
    this.#server.register(path, implementation, passThrough, passThrough, 'serverStream');
  }

  #addDuplex(path: string, handle: DuplexHandler): void {
    const { limits, observer } = this.#options;
    const implementation = (stream: ServerDuplexStream<Buffer, Buffer>): void => {
      this.#calls.opened();
      const call = new GrpcJsDuplexCall(path, stream, {
        unsentBytesMax: limits.unsentBytesMax,
        failed: (error) => this.#failed(path, error),
        refused: (refusal) => observer.refused(refusal),
        closed: () => this.#calls.closed(),
      });
      call.start(handle);
    };
    this.#server.register(path, implementation, passThrough, passThrough, 'bidi');
  }

  #failed(path: string, error: unknown): Refusal {
    const refusal = refusalOf(error);
    this.#options.observer.handlerFailed(path, error, refusal);
    return refusal;
  }
}

export const createGrpcJsTransport: TransportFactory = (options) => new GrpcJsTransport(options);
