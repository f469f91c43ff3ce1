/** The suite's backend behind Envoy: answers what `respond` says to each request, byte for byte, over plain sockets. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { respond, responseText } from '../backend.ts';
import { parseRequest } from '../http-parser.ts';
import { toBytes } from '../latin1.ts';

const INCOMPLETE_STATUS = 408;

export class SuiteWorkload {
  readonly host = '127.0.0.1';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.host);
    await once(this.#server, 'listening');
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Envoy sends one request after another on a connection, never one behind an unanswered one. */
  #serve(socket: Socket): void {
    let received = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Envoy has gone: nobody waits for the answer.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const result = parseRequest(received);
      if (result.kind === 'refused' && result.refusal.status === INCOMPLETE_STATUS) return;
      received = Buffer.alloc(0);
      if (result.kind === 'refused') {
        socket.end(`HTTP/1.1 ${result.refusal.status}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const text = responseText(respond(result.request));
      socket.write(toBytes(result.request.method === 'HEAD' ? headOf(text) : text));
    });
  }
}

const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n') + 4);
