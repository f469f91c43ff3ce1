/** gRPC on node:http2, cleartext with prior knowledge: the transport of the data path. */
import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { BoundAddress, ListenAddress } from '../address.ts';
import { type CallHost, STREAM_WINDOW_BYTES } from './call-host.ts';
import { startCall } from './http2-call.ts';
import { InFlight, pause, within } from './in-flight.ts';
import { keepAlive } from './keepalive.ts';
import { Sockets } from './sockets.ts';
import type { Transport, TransportFactory, TransportOptions } from './transport.ts';

/** The same for all calls of a connection: a thousand uploads that come at once put no more in front of a GET, which is some milliseconds. */
const CONNECTION_WINDOW_BYTES = 1_048_576;

/** Node's own bound on a session, in megabytes; its default of 10 refuses streams under ordinary load. */
const SESSION_MEMORY_MEGABYTES = 128;

/**
 * RST_STREAM frames of a peer, at once and a second. Envoy ends each exchange with one, and node:http2 takes more than 1,000, and 33 a second,
 * for an attack and closes the connection with all calls on it. What a client may reset is Envoy's to bound; whoever reaches this
 * socket can open as many calls as they like in any case.
 */
const STREAM_RESETS_MAX = 10_000_000;

/** Streams that a peer opened before it saw the first GOAWAY are still served for this long. */
const GOAWAY_NOTICE_MILLIS = 50;
/** "No stream is refused yet": the largest stream id. */
const LAST_STREAM_ID_MAX = 0x7fff_ffff;

class Http2Transport implements Transport {
  readonly #server: Http2Server;
  readonly #sockets: Sockets;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new InFlight();
  readonly #host: CallHost;

  constructor(options: TransportOptions) {
    const { limits, observer } = options;
    this.#host = {
      ...options,
      bufferedBytes: 0,
      callOpened: () => this.#calls.opened(),
      callClosed: () => this.#calls.closed(),
      callBroke: (error) => observer.connectionFailed(error),
    };
    this.#server = createServer({
      maxSessionMemory: SESSION_MEMORY_MEGABYTES,
      streamResetBurst: STREAM_RESETS_MAX,
      streamResetRate: STREAM_RESETS_MAX,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxConcurrentStreams: limits.streamsPerConnectionMax,
      },
    });
    this.#server.on('session', (session) => this.#opened(session));
    this.#server.on('sessionError', (error) => observer.connectionFailed(error));
    this.#server.on('stream', (stream, headers) => startCall(stream, this.#host, headers));
    this.#sockets = new Sockets(limits.connectionsMax, (socket) => this.#server.emit('connection', socket));
  }

  listen(address: ListenAddress): Promise<BoundAddress> {
    return this.#sockets.listen(address);
  }

  get callsInFlight(): number {
    return this.#calls.count;
  }

  async drain(waitMillis: number): Promise<number> {
    this.#sockets.stopAccepting();
    for (const session of this.#sessions) session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID_MAX);
    await pause(Math.min(GOAWAY_NOTICE_MILLIS, waitMillis));
    await this.#calls.idle(waitMillis);
    const cut = this.#calls.count;
    await this.#closeSessions(waitMillis);
    return cut;
  }

  async close(): Promise<void> {
    this.#sockets.stopAccepting();
    await this.#closeSessions(0);
  }

  #opened(session: ServerHttp2Session): void {
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    keepAlive(session, this.#host.limits);
  }

  /** With calls still open the sessions are cut; without, they end as soon as their last bytes are out. */
  async #closeSessions(waitMillis: number): Promise<void> {
    const closed = [...this.#sessions].map((session) =>
      session.destroyed ? undefined : once(session, 'close'),
    );
    if (this.#calls.count === 0) {
      for (const session of this.#sessions) session.close();
      await within(Promise.allSettled(closed), waitMillis);
    }
    for (const session of this.#sessions) session.destroy();
    this.#sockets.destroyConnections();
    await Promise.allSettled(closed);
  }
}

export const createHttp2Transport: TransportFactory = (options) => new Http2Transport(options);
