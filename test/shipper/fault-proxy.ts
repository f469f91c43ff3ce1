/** Stands between a shipper and Elasticsearch, and does to bulk requests what networks and busy servers do. */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of a bulk request. */
export type Fault =
  | 'pass'
  /** It never arrives. */
  | 'cut-before'
  /** It arrives, and its answer does not. */
  | 'cut-after'
  /** It arrives, and the connection is cut while the server is at work. */
  | 'cut-during'
  /** It is answered here, and does not arrive. */
  | { readonly status: number; readonly body?: string };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: number;
}

export interface ProxyOptions {
  readonly target: string;
  /** Asked for each bulk request, from 1. */
  readonly fault?: (request: number, bytes: number) => Fault;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export class FaultProxy {
  readonly seen: SeenRequest[] = [];
  bulks = 0;
  fault: (request: number, bytes: number) => Fault;
  readonly #target: URL;
  readonly #server: Server;
  readonly #tls: boolean;

  constructor({ target, fault, tls }: ProxyOptions) {
    this.#target = new URL(target);
    this.fault = fault ?? (() => 'pass');
    this.#tls = tls !== undefined;
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#handle(request, response).catch(() => {
        // The client or the server went away, which is what this is here for.
        response.destroy();
      });
    this.#server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { method = '', url: path = '', headers } = request;
    this.seen.push({ method, path, headers, bytes: body.length });
    const isBulk = path.startsWith('/_bulk');
    if (isBulk) this.bulks += 1;
    const fault = isBulk ? this.fault(this.bulks, body.length) : 'pass';
    if (fault === 'cut-before') {
      request.socket.destroy();
      return;
    }
    if (typeof fault === 'object') {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body ?? '{}');
      return;
    }
    const answer = this.#forward(method, path, headers, body);
    if (fault === 'cut-during') {
      answer.catch(() => undefined); // Nobody waits for it any more.
      request.socket.destroy();
      return;
    }
    const { status, answerHeaders, bytes } = await answer;
    if (fault === 'cut-after') request.socket.destroy();
    else response.writeHead(status, answerHeaders).end(bytes);
  }

  #forward(
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body: Buffer,
  ): Promise<{ status: number; answerHeaders: IncomingMessage['headers']; bytes: Buffer }> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.#target;
      const forwarded = httpRequest({ host, port, method, path, headers }, (answer) => {
        buffer(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 0, answerHeaders: answer.headers, bytes }),
          reject,
        );
      });
      forwarded.on('error', reject);
      forwarded.end(body);
    });
  }
}
