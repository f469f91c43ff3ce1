/** HTTP for operators: /metrics, /healthz (the process runs, and does what it is for), /readyz (what it knows is enough to go on from). Read-only. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ControllerError, reasonOf } from './errors.ts';
import { OPERATOR_CONNECTIONS_MAX, OPERATOR_MILLIS_MAX } from './limits.ts';

export interface OperatorsOptions {
  readonly registry: Registry;
  readonly ready: () => boolean;
  /** Default: as long as it answers. */
  readonly alive?: () => boolean;
  /** Lines for /readyz, whatever it answers. */
  readonly details: () => readonly string[];
}

/** One for all parts of a process, with what Node says of it: memory, CPU time, the event loop. */
export function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const PLAIN = 'text/plain; charset=utf-8';

export class Operators {
  readonly #server: Server;
  readonly #options: OperatorsOptions;

  constructor(options: OperatorsOptions) {
    this.#options = options;
    const limits = {
      requestTimeout: OPERATOR_MILLIS_MAX,
      headersTimeout: OPERATOR_MILLIS_MAX,
      maxHeaderSize: 8_192,
    };
    this.#server = createServer(limits, (request, response) => {
      request.resume();
      void this.#answer(request.method ?? '', request.url ?? '').then(({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
    });
    this.#server.maxConnections = OPERATOR_CONNECTIONS_MAX;
  }

  /** @returns the port. @throws ControllerError OPERATORS_LISTEN */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const details = { address: `${host}:${port}`, reason: reasonOf(cause) };
        reject(new ControllerError('OPERATORS_LISTEN', details, cause));
      });
      // A server that listens on a host has an address that is no path.
      this.#server.listen({ host, port }, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(method: string, url: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, ['method not allowed']);
    switch (url.split('?', 1)[0]) {
      case '/metrics':
        return this.#metrics();
      case '/healthz': {
        const alive = this.#options.alive?.() ?? true;
        return alive ? text(200, ['ok']) : text(503, ['stuck', ...this.#options.details()]);
      }
      case '/readyz': {
        const ready = this.#options.ready();
        return text(ready ? 200 : 503, [ready ? 'ready' : 'not ready', ...this.#options.details()]);
      }
      default:
        return text(404, ['not found']);
    }
  }

  async #metrics(): Promise<Answer> {
    const { registry } = this.#options;
    try {
      return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
    } catch (error) {
      return text(500, [reasonOf(error)]);
    }
  }
}

const text = (status: number, lines: readonly string[]): Answer => ({
  status,
  contentType: PLAIN,
  body: lines.map((line) => `${line}\n`).join(''),
});
