/** The demo's own client: a browser's headers, and the connection goes where it is told. */
import { request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

const REPLY_MILLIS_MAX = 30_000;

/** What a browser sends; Host names the port. */
export const browserHeaders = (port: number): Readonly<Record<string, string>> => ({
  // A numeric address as Host is itself suspicious to the CRS.
  host: `localhost:${port}`,
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'application/json',
});

/** Rejects with the socket's error where there is no reply. */
export function fetchPage(port: number, path: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = browserHeaders(port);
    const options = { host: '127.0.0.1', port, path, headers, agent: false, timeout: REPLY_MILLIS_MAX };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    call.once('timeout', () => call.destroy());
    call.once('error', reject);
    call.end();
  });
}
