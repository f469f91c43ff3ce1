/** HTTP for operators: /metrics, /healthz (the process runs), /readyz (every sink takes what it is given), /status. Read-only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf, ShipperError } from './errors.ts';
import { createMetrics, type ShipRegistry } from './metrics.ts';
import type { ShipStatus } from './status.ts';

const CONNECTIONS_MAX = 64;
const REQUEST_MILLIS_MAX = 5_000;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export class ShipAdmin {
  readonly #server: Server;
  readonly #status: () => Promise<ShipStatus>;
  readonly #metrics: ShipRegistry;

  constructor(status: () => Promise<ShipStatus>) {
    this.#status = status;
    this.#metrics = createMetrics(status);
    this.#server = createServer(
      { requestTimeout: REQUEST_MILLIS_MAX, headersTimeout: REQUEST_MILLIS_MAX, maxHeaderSize: 8_192 },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** @throws ShipperError SHIPPER_LISTEN */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const details = { address: `${host}:${port}`, reason: reasonOf(cause) };
        reject(new ShipperError('SHIPPER_LISTEN', details, cause));
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
    request.resume();
    let answer: Answer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      answer = text(500, `${reasonOf(error)}\n`);
    }
    response.writeHead(answer.status, { 'content-type': answer.contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer({ method, url }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'method not allowed\n');
    switch (url?.split('?', 1)[0]) {
      case '/metrics':
        return { status: 200, contentType: this.#metrics.contentType, body: await this.#metrics.metrics() };
      case '/healthz':
        return text(200, 'ok\n');
      case '/readyz':
        return readiness(await this.#status());
      case '/status': {
        const body = `${JSON.stringify(await this.#status(), null, 2)}\n`;
        return { status: 200, contentType: 'application/json', body };
      }
      default:
        return text(404, 'not found\n');
    }
  }
}

function readiness({ ready, sinks }: ShipStatus): Answer {
  const lines = sinks.map(({ name, trouble }) =>
    trouble === null
      ? `${name}: takes`
      : `${name}: ${trouble.reason}, since ${new Date(trouble.since).toISOString()}`,
  );
  return text(ready ? 200 : 503, [ready ? 'ready' : 'not ready', ...lines, ''].join('\n'));
}

const text = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});
