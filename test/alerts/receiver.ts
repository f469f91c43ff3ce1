/** A receiver of webhooks that knows nothing of Sluice but what docs/alerts.md tells: plain node:http and node:crypto. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export interface Receiver {
  readonly url: string;
  readonly seen: readonly Received[];
  /** What was taken, by idempotency-key: a second one of the same is none. */
  readonly taken: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  close(): void;
}

/** @param answers the first statuses, `kill` for none: whoever called is about to die; 200 behind them */
export async function startReceiver(
  answers: (number | 'kill')[] = [],
  key: string | null = null,
): Promise<Receiver> {
  const seen: Received[] = [];
  const taken = new Map<string, Readonly<Record<string, unknown>>>();
  const server = createServer((request, response) => {
    buffer(request).then((bytes) => {
      const body = bytes.toString('utf8');
      const { headers } = request;
      seen.push({ headers, body, at: Date.now() });
      const status = key === null || isSigned(String(headers['sluice-signature']), body, key) ? 200 : 403;
      const answer = status === 403 ? status : (answers.shift() ?? status);
      if (answer === 'kill') return;
      if (answer === 200) taken.set(String(headers['idempotency-key']), JSON.parse(body));
      response.writeHead(answer).end();
    }, request.destroy);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/hook`, seen, taken },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function isSigned(header: string, body: string, key: string): boolean {
  const [, seconds = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (hex === '') return false;
  const expected = createHmac('sha256', key).update(`${seconds}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(hex, 'hex'));
}
