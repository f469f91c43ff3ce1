/**
 * HTTP for operators: /metrics, /healthz (the process runs), /readyz (it takes requests, and by which rules), and pages of JSON.
 * Read-only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf, ServerError } from './errors.ts';
import type { Metrics } from './metrics.ts';

const CONNECTIONS_MAX = 64;
const REQUEST_MILLIS_MAX = 5_000;

export interface AdminOptions {
  readonly metrics: Metrics;
  readonly ready: () => boolean;
  /** Lines for /readyz, whatever it answers. */
  readonly details: () => readonly string[];
  /** By path, what is answered as JSON. */
  readonly pages: ReadonlyMap<string, () => object>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export class Admin {
  readonly #server: Server;
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#server = createServer(
      { requestTimeout: REQUEST_MILLIS_MAX, headersTimeout: REQUEST_MILLIS_MAX, maxHeaderSize: 8_192 },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** @throws ServerError LISTEN_FAILED */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const details = { address: `${host}:${port}`, reason: reasonOf(cause) };
        reject(new ServerError('LISTEN_FAILED', details, { cause }));
      });
      this.#server.listen({ host, port }, () => {
        this.#server.removeAllListeners('error');
        // A server that listens on a host has an address that is no path.
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    request.resume();
    const head = request.method === 'HEAD';
    response.writeHead(answer.status, { 'content-type': answer.contentType, 'cache-control': 'no-store' });
    response.end(head ? undefined : answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed\n');
    const path = request.url?.split('?', 1)[0] ?? '';
    const page = this.#options.pages.get(path);
    if (page !== undefined) {
      return { status: 200, contentType: 'application/json', body: `${JSON.stringify(page(), null, 2)}\n` };
    }
    switch (path) {
      case '/metrics':
        return this.#metrics();
      case '/healthz':
        return text(200, 'ok\n');
      case '/readyz':
        return this.#readiness();
      default:
        return text(404, 'not found\n');
    }
  }

  /** Ready means that requests are judged; by which rules, and whether newer ones were refused, stands below. */
  #readiness(): Answer {
    const ready = this.#options.ready();
    const lines = [ready ? 'ready' : 'not ready', ...this.#options.details()];
    return text(ready ? 200 : 503, lines.map((line) => `${line}\n`).join(''));
  }

  async #metrics(): Promise<Answer> {
    const { registry } = this.#options.metrics;
    try {
      return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
    } catch (error) {
      return text(500, `${reasonOf(error)}\n`);
    }
  }
}

const text = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});
