/** Clients: one that speaks HTTP as browsers do, one that sends the bytes it is given. */
import { request } from 'node:http';
import { connect } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Where it goes; 127.0.0.1 unless given. */
  readonly address?: string;
}

/** Nothing may hang: far more than anything takes, far less than a test has. */
const HANG_MILLIS = 40_000;

const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
};

/** Rejects where the connection breaks before a reply, or nothing comes. */
export function call(
  port: number,
  { method = 'GET', path = '/', headers = {}, body, address = '127.0.0.1' }: Call,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    );
    const options = {
      host: address,
      port,
      method,
      path,
      headers: { host: 'shop.example', ...BROWSER, ...length, ...given },
      agent: false,
      timeout: HANG_MILLIS,
    } as const;
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', reject);
    sent.end(body);
  });
}

/**
 * Sends the bytes, and nothing after them; resolves to all that comes back until the other side closes.
 * @param halfClose says at once that nothing more follows, as a client that gives up does
 */
export function exchange(port: number, bytes: string | Buffer, halfClose = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    const done = (): void => resolve(Buffer.concat(chunks).toString('latin1'));
    socket.setTimeout(HANG_MILLIS, () => socket.destroy(new HangError('nothing came, and nobody closed')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', (failed) => {
      if (!failed) done();
    });
    socket.once('error', (error) => {
      // A peer that refuses while more is being sent resets the connection; what it said before counts.
      if (error instanceof HangError) reject(error);
      else done();
    });
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (halfClose) socket.end(data);
    else socket.write(data);
  });
}

class HangError extends Error {
  override readonly name = 'HangError';
}

/** Statuses of the replies in what `exchange` gave. */
export const statusesIn = (received: string): readonly number[] =>
  [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));

/** Lines of a request, as HTTP/1 has them. */
export const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n`;
