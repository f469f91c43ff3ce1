/** What stands between a client and the API server: a connection can be cut there, or go silent without ending. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

export class Wire {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isRefusing = false;

  /** @param target port of the server */
  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  /** That are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** @returns the address of this side of it */
  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, HOST, done));
    return `https://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  #join(client: Socket): void {
    if (this.#isRefusing) {
      client.on('error', () => client.destroy()).resetAndDestroy();
      return;
    }
    const server = connect(this.#target, HOST);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }

  /** Connections end with a reset; new ones are let through. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Until accept(), also those that are new. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.#isRefusing = false;
  }

  /** Connections of now stay open and carry nothing any more, as behind a firewall that has forgotten them. */
  silence(): void {
    for (const [client, server] of this.#pairs) {
      client.unpipe(server);
      server.unpipe(client);
      client.resume();
      server.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }
}
