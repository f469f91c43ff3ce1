/** Listening for both transports: Unix sockets with their leftovers and permissions, and TCP. */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type BoundAddress, formatAddress, type ListenAddress } from '../address.ts';
import { reasonOf, ServerError } from '../errors.ts';
import { InFlight } from './in-flight.ts';

/** Owner and group may connect. */
const SOCKET_MODE = 0o660;

const hasCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;

/** Servers of one transport, and the connections they accepted. */
export class Sockets {
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<Socket>();
  readonly #open = new InFlight();
  readonly #onConnection: (socket: Socket) => void;
  readonly #connectionsMax: number;

  constructor(connectionsMax: number, onConnection: (socket: Socket) => void) {
    this.#connectionsMax = connectionsMax;
    this.#onConnection = onConnection;
  }

  /** @throws ServerError ADDRESS_IN_USE, LISTEN_FAILED */
  async listen(address: ListenAddress): Promise<BoundAddress> {
    if (address.kind === 'unix') await removeStale(address);
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.maxConnections = this.#connectionsMax;
    await bind(server, address);
    this.#servers.add(server);
    if (address.kind === 'unix') {
      chmodSync(address.path, SOCKET_MODE);
      return address;
    }
    // A TCP server's address is never a path.
    return { ...address, port: (server.address() as AddressInfo).port };
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket);
    this.#open.opened();
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#open.closed();
    });
    this.#onConnection(socket);
  }

  /** Accepts no more. Removes the socket files. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
  }

  /** Waits until no connection is open, or the time is over. */
  idle(waitMillis: number): Promise<void> {
    return this.#open.idle(waitMillis);
  }

  /** Ends every connection that is still open. */
  destroyConnections(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}

/**
 * Removes a socket file that nobody answers on: what a killed process leaves behind. A file of another kind, and a
 * socket that answers, stay.
 */
async function removeStale(address: ListenAddress & { readonly kind: 'unix' }): Promise<void> {
  const shown = formatAddress(address);
  try {
    if (!lstatSync(address.path).isSocket()) {
      throw new ServerError('LISTEN_FAILED', {
        address: shown,
        reason: 'a file that is not a socket is there',
      });
    }
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return;
    if (cause instanceof ServerError) throw cause;
    throw new ServerError('LISTEN_FAILED', { address: shown, reason: reasonOf(cause) }, { cause });
  }
  if (await answers(address.path)) throw new ServerError('ADDRESS_IN_USE', { address: shown });
  try {
    unlinkSync(address.path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return;
    throw new ServerError('LISTEN_FAILED', { address: shown, reason: reasonOf(cause) }, { cause });
  }
}

/** Whether somebody accepts on a socket. Any failure but a refusal counts as an answer: in doubt the file stays. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!hasCode(error, 'ECONNREFUSED') && !hasCode(error, 'ENOENT')));
  });

function bind(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const shown = formatAddress(address);
      if (hasCode(cause, 'EADDRINUSE'))
        reject(new ServerError('ADDRESS_IN_USE', { address: shown }, { cause }));
      else reject(new ServerError('LISTEN_FAILED', { address: shown, reason: reasonOf(cause) }, { cause }));
    });
    server.once('listening', () => {
      server.removeAllListeners('error');
      resolve();
    });
    if (address.kind === 'unix') server.listen({ path: address.path });
    else server.listen({ host: address.host, port: address.port });
  });
}
