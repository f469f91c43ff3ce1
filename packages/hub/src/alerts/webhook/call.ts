/** One attempt to tell a receiver. */
import { readFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HubError } from '../../errors.ts';
import { digestOf } from '../document.ts';
import { ALERT_LIMITS } from '../limits.ts';
import type { WebhookConfig } from './config.ts';
import { checkHost, guardedLookup } from './guard.ts';
import { SIGNATURE_HEADER, sign } from './signature.ts';

export interface Attempt {
  /** `again`: it may work later. `never`: the receiver will not take it. */
  readonly outcome: 'told' | 'again' | 'never';
  readonly status: number | null;
  /** For the log of deliveries: nothing of addresses, bodies or secrets is in it. */
  readonly reason: string;
}

/** Editors end files with a line end, which is no part of a secret. */
const secretAt = (path: string): string => readFileSync(path, 'utf8').replace(/\r?\n$/, '');

/** Never rejects: what is wrong is in the attempt. */
export async function call(
  config: WebhookConfig,
  body: string,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<Attempt> {
  try {
    const url = new URL(typeof config.url === 'string' ? config.url : secretAt(config.url.file).trim());
    if (!config.allowLocal) checkHost(url);
    const status = await post(url, body, config, headersOf(config, body, id, now));
    return judge(status);
  } catch (error) {
    return { outcome: 'again', status: null, reason: reasonOf(error) };
  }
}

function judge(status: number): Attempt {
  if (status >= 200 && status < 300) return { outcome: 'told', status, reason: '' };
  // To follow it would be to call where nobody has looked.
  if (status >= 300 && status < 400)
    return { outcome: 'never', status, reason: 'it answers with a redirect' };
  const again = status === 408 || status === 425 || status === 429 || status >= 500;
  return { outcome: again ? 'again' : 'never', status, reason: `it answers ${status}` };
}

/** A message of Node's may hold a host's name; a code does not. */
function reasonOf(error: unknown): string {
  if (error instanceof HubError) return error.code;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function headersOf(config: WebhookConfig, body: string, id: string, now: number): Record<string, string> {
  const auth = 'basicAuth' in config ? config.basicAuth : undefined;
  return {
    'content-type': 'application/json',
    'user-agent': 'sluice-hub',
    // The same for each attempt, so that a receiver can tell a second one.
    'idempotency-key': digestOf(id),
    ...(config.secretFile === undefined
      ? {}
      : { [SIGNATURE_HEADER]: sign(body, secretAt(config.secretFile), now) }),
    ...(auth === undefined ? {} : { authorization: basic(auth.username, secretAt(auth.passwordFile)) }),
  };
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function post(
  url: URL,
  body: string,
  config: WebhookConfig,
  headers: Record<string, string>,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    signal: AbortSignal.timeout(ALERT_LIMITS.webhookMillisMax),
    agent: false as const,
    ...(config.allowLocal ? {} : { lookup: guardedLookup }),
    ...(config.caFile === undefined ? {} : { ca: readFileSync(config.caFile) }),
  };
  const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent: ClientRequest = ask(url, options, (answer: IncomingMessage) => {
    resolve(answer.statusCode ?? 0);
    // Nobody reads what it says.
    answer.destroy();
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
