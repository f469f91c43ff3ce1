/** A fastify instance on an address: plain or TLS, bounded, with coded answers for whatever goes wrong. */
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { HubError } from '../errors.ts';
import { failureOf } from './failure.ts';
import type { WatchedFiles } from './files.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type TlsNames = 'cert' | 'key';

export interface ListenerTls {
  readonly files: WatchedFiles<TlsNames> | WatchedFiles<TlsNames | 'clientCa'>;
  /** Whether connections without a certificate that `clientCa` signed are refused. */
  readonly clients: boolean;
  /** Told of connections that TLS refused. */
  readonly onRefused: (code: string) => void;
}

export interface ListenerOptions {
  readonly log: FastifyBaseLogger;
  readonly tls: ListenerTls | null;
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly requestMillisMax: number;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed; none unless given. */
  readonly trustedProxies?: readonly string[];
  /** Told of each request that failed. */
  readonly onFailure: (code: string) => void;
}

const HEADER_BYTES_MAX = 32_768;
const KEEP_ALIVE_MILLIS = 75_000;
const IDLE_CHECK_MILLIS = 50;

export class Listener {
  readonly app: FastifyInstance;
  readonly #server: Server;
  readonly #tls: ListenerTls | null;
  #port = 0;

  constructor(options: ListenerOptions) {
    const { log, tls, bodyBytesMax, connectionsMax, requestMillisMax, trustedProxies = [] } = options;
    const bounds = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: requestMillisMax };
    this.#tls = tls;
    this.#server =
      tls === null
        ? createServer(bounds)
        : createTlsServer({ ...bounds, ...this.#secrets(tls), ...peers(tls) });
    this.#server.maxConnections = connectionsMax;
    this.#server.headersTimeout = requestMillisMax;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
    if (tls !== null)
      this.#server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
        tls.onRefused(error.code ?? 'other'),
      );
    this.app = fastify({
      loggerInstance: log,
      logController: new LogController({ disableRequestLogging: true }),
      bodyLimit: bodyBytesMax,
      forceCloseConnections: false,
      exposeHeadRoutes: false,
      trustProxy: trustedProxies.length > 0 && [...trustedProxies],
      serverFactory: (handler) => this.#server.on('request', handler),
    });
    this.app.setErrorHandler((error, request, reply) => {
      const { status, body } = failureOf(error, bodyBytesMax);
      options.onFailure(body.error.code);
      if (status >= 500)
        log.error(
          { code: body.error.code, path: request.routeOptions.url, cause: causeOf(error) },
          'a request failed',
        );
      void reply.code(status).send(body);
    });
    // Handlers check what they are given; schemas are there to describe it.
    this.app.setValidatorCompiler(() => () => true);
    this.app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    this.app.setNotFoundHandler((_, reply) => {
      const { status, body } = failureOf(new HubError('HUB_NOT_FOUND', { what: 'such address' }));
      void reply.code(status).send(body);
    });
  }

  get port(): number {
    return this.#port;
  }

  /** @throws HubError HUB_LISTEN */
  async listen({ host, port }: Address): Promise<void> {
    try {
      await this.app.listen({ host, port });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HubError('HUB_LISTEN', { address: `${host}:${port}`, reason }, cause);
    }
    // A server that listens on a host has an address that is no path.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /**
   * Connections that come from now on see the new certificate.
   * @throws HubError HUB_FILE; what was there stays
   */
  refreshTls(): boolean {
    if (this.#tls === null || !this.#tls.files.refresh()) return false;
    const secure = this.#server as Server & { setSecureContext(options: ServerOptions): void };
    secure.setSecureContext(this.#secrets(this.#tls));
    return true;
  }

  /** No new connections; requests that are under way have so long. */
  async close(millis: number): Promise<void> {
    const end = setTimeout(() => this.#server.closeAllConnections(), millis);
    // A connection whose last request has ended is kept for the next, which does not come.
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MILLIS);
    try {
      await this.app.close();
    } finally {
      clearTimeout(end);
      clearInterval(idle);
    }
  }

  #secrets({ files, clients }: ListenerTls): ServerOptions {
    const { cert, key } = files.contents;
    const authority = clients && 'clientCa' in files.contents ? { ca: files.contents.clientCa } : {};
    return { cert, key, ...authority, minVersion: 'TLSv1.2' };
  }
}

const peers = ({ clients }: ListenerTls): ServerOptions => ({
  requestCert: clients,
  rejectUnauthorized: clients,
});

/** What is known of an error that is not ours, without its message, which may quote a request. */
function causeOf(thrown: unknown): string {
  const root = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  if (!(root instanceof Error)) return typeof root;
  return 'code' in root ? `${root.name} ${String(root.code)}` : root.name;
}
