/** One request of a probe, and what of its answer matters. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { PROBE_HEADER } from '@sluice/envoy-config/contract';

export interface ProbeOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Takes any certificate. */
  readonly insecure: boolean;
  readonly timeoutMillis: number;
}

export interface ProbeAnswer {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Of Sluice's block page; null where the answer is none. */
  readonly requestId: string | null;
  /** Why there was no answer; null where there was. */
  readonly failure: string | null;
}

/** A table that no database has: where the attack goes through, it does no harm. */
const ATTACK = "1' UNION SELECT secret FROM sluice_probe--";
const ATTACK_NAME = 'sluice_probe';

/** The same address, with an attack that every paranoia level of the CRS finds. */
export function attackOn(url: URL): URL {
  const attack = new URL(url);
  attack.searchParams.append(ATTACK_NAME, ATTACK);
  return attack;
}

/** A block page is far shorter. */
const BODY_BYTES_MAX = 65_536;

/** What any client would send; JSON, so that the block page is read by program. */
const HEADERS = { accept: 'application/json', 'user-agent': 'sluice-probe/1', [PROBE_HEADER]: '1' };

/** Never rejects: no answer is an answer too. */
export function ask(url: URL, options: ProbeOptions): Promise<ProbeAnswer> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ status: 0, requestId: null, failure: reason });
    const sent = send(
      url,
      {
        headers: { ...HEADERS, ...options.headers },
        agent: false,
        rejectUnauthorized: !options.insecure,
        signal: AbortSignal.timeout(options.timeoutMillis),
      },
      (response) => {
        readBody(response).then(
          (body) =>
            resolve({
              status: response.statusCode ?? 0,
              requestId: blockPageId(response, body),
              failure: null,
            }),
          (error: unknown) => fail(reasonOf(error)),
        );
      },
    );
    sent.once('error', (error) => fail(reasonOf(error)));
    sent.end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}

/** Sluice's page says its request id twice; anybody else's 403 does not. */
function blockPageId(response: IncomingMessage, body: string): string | null {
  const header = response.headers['x-request-id'];
  if (typeof header !== 'string' || !/^application\/json/.test(response.headers['content-type'] ?? ''))
    return null;
  try {
    const page: unknown = JSON.parse(body);
    if (typeof page !== 'object' || page === null) return null;
    const [error, id] = [Reflect.get(page, 'error'), Reflect.get(page, 'request_id')];
    return error === 'blocked' && id === header ? header : null;
  } catch {
    // Not JSON after all, so not Sluice's.
    return null;
  }
}
