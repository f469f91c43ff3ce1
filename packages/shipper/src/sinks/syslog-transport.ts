/** How messages of syslog travel. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { ShipperError } from '../errors.ts';
import { CONNECT_MILLIS_MAX, REQUEST_MILLIS_MAX } from './limits.ts';
import { reasonOf } from './reason.ts';
import { TlsFiles, type TlsPaths } from './tls-files.ts';

export interface MessageTransport {
  /** @throws ShipperError SINK_AWAY, SINK_FILE; some messages may have gone */
  send(messages: readonly Buffer[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Address {
  /** The sink's name, for errors. */
  readonly sink: string;
  readonly host: string;
  readonly port: number;
}

const away = (sink: string, cause: unknown): ShipperError =>
  cause instanceof ShipperError
    ? cause
    : new ShipperError('SINK_AWAY', { sink, reason: reasonOf(cause) }, cause);

export interface StreamAddress extends Address {
  /** Null: no TLS. */
  readonly tls: TlsPaths | null;
}

/** One connection, made when it is needed. */
export class StreamTransport implements MessageTransport {
  readonly #address: StreamAddress;
  readonly #files: TlsFiles | null;
  #socket: Socket | null = null;

  /** @throws ShipperError SINK_FILE */
  constructor(address: StreamAddress) {
    this.#address = address;
    this.#files = address.tls === null ? null : new TlsFiles(address.tls);
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MILLIS_MAX)]);
    try {
      if (this.#files?.refresh() === true) this.#drop();
      // What the receiver has said meanwhile, that it ends the connection above all, is read first.
      await turn();
      const socket = await this.#connected(bounded);
      await written(socket, Buffer.concat(messages.flatMap(framed)), bounded);
    } catch (cause) {
      this.#drop();
      throw away(this.#address.sink, cause);
    }
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    const closed = once(socket, 'close');
    socket.end();
    const timer = setTimeout(() => socket.destroy(), CONNECT_MILLIS_MAX);
    await closed;
    clearTimeout(timer);
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket?.writable) return this.#socket;
    this.#drop();
    const { host, port, tls } = this.#address;
    const connecting = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MILLIS_MAX)]);
    const name = tls?.serverName === undefined ? {} : { servername: tls.serverName };
    const socket =
      this.#files === null
        ? connect({ host, port })
        : connectTls({ host, port, ...this.#files.material, ...name, minVersion: 'TLSv1.2' });
    // Errors are told where something is awaited; one in between ends the socket, which the next send sees.
    socket.on('error', () => undefined);
    // Nobody speaks from there: what is read is that the connection ends.
    socket.resume();
    try {
      await once(socket, this.#files === null ? 'connect' : 'secureConnect', { signal: connecting });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    socket.setKeepAlive(true);
    this.#socket = socket;
    return socket;
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

const framed = (message: Buffer): readonly Buffer[] => [Buffer.from(`${message.length} `, 'latin1'), message];

/** Resolves when the kernel has all of it; rejects when the connection ends before. */
function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown): void => {
      signal.removeEventListener('abort', late);
      socket.off('close', ended);
      reject(
        reason instanceof Error
          ? reason
          : new ShipperError('SINK_AWAY', { sink: 'syslog', reason: String(reason) }),
      );
    };
    const late = (): void => fail('it takes nothing');
    const ended = (): void => fail('it ended the connection');
    if (signal.aborted) return late();
    signal.addEventListener('abort', late, { once: true });
    socket.once('close', ended);
    socket.write(bytes, (error) => {
      if (error) return fail(error);
      signal.removeEventListener('abort', late);
      socket.off('close', ended);
      resolve();
    });
  });
}

/** A datagram each. That nobody listens is noticed only where the receiver's machine says so, one message late. */
export class DatagramTransport implements MessageTransport {
  readonly #address: Address;
  #socket: DatagramSocket | null = null;
  #failure: Error | null = null;

  constructor(address: Address) {
    this.#address = address;
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    try {
      const socket = await this.#connected(signal);
      for (const message of messages) {
        await sent(socket, message);
        if (this.#failure !== null) throw this.#failure;
      }
      await turn();
      if (this.#failure !== null) throw this.#failure;
    } catch (cause) {
      await this.close();
      throw away(this.#address.sink, cause);
    }
  }

  close(): Promise<void> {
    this.#socket?.close();
    this.#socket = null;
    this.#failure = null;
    return Promise.resolve();
  }

  async #connected(signal: AbortSignal): Promise<DatagramSocket> {
    if (this.#socket !== null) return this.#socket;
    const { host, port } = this.#address;
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
    this.#socket = socket;
    return socket;
  }
}

const sent = (socket: DatagramSocket, message: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
