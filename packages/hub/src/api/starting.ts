/** The admin address of a hub whose store is not open yet: it lives, and is not ready. Who probes it would end it otherwise, again and again. */
import type { FastifyBaseLogger } from 'fastify';
import { text } from './admin.ts';
import { type Address, Listener } from './listener.ts';

const REQUEST_MILLIS_MAX = 5_000;
const CLOSE_MILLIS = 1_000;

export class StartingAdmin {
  readonly #listener: Listener;
  #says = '';

  constructor(log: FastifyBaseLogger) {
    const bounds = { bodyBytesMax: 1_024, connectionsMax: 64, requestMillisMax: REQUEST_MILLIS_MAX };
    this.#listener = new Listener({ ...bounds, log, tls: null, onFailure: () => undefined });
    const { app } = this.#listener;
    app.get('/healthz', (_, reply) => text(reply, 200, 'ok\n'));
    app.get('/readyz', (_, reply) => text(reply, 503, `not ready\n${this.#says}\n`));
  }

  /** @throws HubError HUB_LISTEN */
  async listen(address: Address): Promise<number> {
    await this.#listener.listen(address);
    return this.#listener.port;
  }

  /** Why it is not ready. */
  say(what: string): void {
    this.#says = what;
  }

  close(): Promise<void> {
    return this.#listener.close(CLOSE_MILLIS);
  }
}
