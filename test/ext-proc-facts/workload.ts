/** A workload that tells how much of a request it has, while it comes. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export class Arrival {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly chunks: Buffer[] = [];
  /** The end of the request came. */
  isComplete = false;
  /** The connection ended in front of it. */
  isBroken = false;

  constructor({ method = '', url = '', rawHeaders }: IncomingMessage) {
    this.method = method;
    this.url = url;
    this.rawHeaders = rawHeaders;
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  header(name: string): string | undefined {
    const at = this.rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : this.rawHeaders[at + 1];
  }
}

export type Responding = (response: ServerResponse, arrival: Arrival, request: IncomingMessage) => void;
export type Upgrading = (socket: Duplex, head: Buffer) => void;

/** As soon as the request is complete. */
export const respondAtEnd: Responding = (response, _, request) => {
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '8' });
    response.end('workload');
  });
};

export class FactWorkload {
  readonly host = '127.0.0.1';
  port = 0;
  readonly arrivals: Arrival[] = [];
  connections = 0;
  respond: Responding = respondAtEnd;
  readonly #server = createServer();

  async listen(): Promise<void> {
    const server = this.#server;
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    server.on('connection', () => {
      this.connections++;
    });
    server.on('request', (request, response) => this.#take(request, response));
    server.listen(0, this.host);
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  /** Accepts upgrades; without it they are answered as any request. */
  onUpgrade(upgrading: Upgrading): void {
    this.#server.on('upgrade', (_, socket, head) => {
      socket.on('error', () => socket.destroy());
      socket.once('end', () => socket.destroy());
      upgrading(socket, head);
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const arrival = new Arrival(request);
    this.arrivals.push(arrival);
    request.on('data', (chunk: Buffer) => arrival.chunks.push(chunk));
    request.once('end', () => {
      arrival.isComplete = true;
    });
    request.once('error', () => {
      arrival.isBroken = true;
    });
    response.on('error', () => undefined);
    this.respond(response, arrival, request);
  }

  clear(): void {
    this.arrivals.length = 0;
    this.connections = 0;
    this.respond = respondAtEnd;
    this.#server.removeAllListeners('upgrade');
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
