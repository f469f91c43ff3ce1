/**
 * Requests to an API server. Who asks and whom comes from @kubernetes/client-node's KubeConfig, the connections from here: that
 * library opens new ones for each request or keeps those of credentials that have been replaced.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Api, type ApiAnswer, type ApiRequest, isObject, isSuccess } from '../apply/api.ts';
import { ControllerError } from '../errors.ts';
import { ANSWER_BYTES_MAX, CONNECT_MILLIS_MAX, REQUESTS_MAX } from './limits.ts';

export interface ClientRequest extends ApiRequest {
  /** Default: application/json. */
  readonly accept?: string;
}

/** What the API server has refused, with what it says of it. */
export class ApiRefusal extends ControllerError {
  readonly status: number;
  readonly retryAfterMillis: number | null;

  constructor(method: string, path: string, { status, body, retryAfterMillis }: ApiAnswer) {
    super('KUBERNETES_REFUSED', { what: `${method} ${path}`, status, reason: reasonIn(body) });
    this.status = status;
    this.retryAfterMillis = retryAfterMillis;
  }
}

function reasonIn(body: unknown): string {
  if (typeof body === 'string') return body.slice(0, 500);
  return isObject(body) ? String(body.message ?? '') : '';
}

type Headers = Readonly<Record<string, string | string[]>>;

type Ask = Omit<ClientRequest, 'timeoutMillis'>;

export class ApiClient implements Api {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #headers: Headers;
  /** Of the credentials that are in use. */
  #agents: { readonly key: string; readonly calls: HttpAgent; readonly watches: HttpAgent } | undefined;

  /** @param headers of every request: in whose name it is made, say */
  constructor(config: KubeConfig, headers: Headers = {}) {
    this.#config = config;
    this.#headers = headers;
    this.#server = (config.getCurrentCluster()?.server ?? '').replace(/\/$/, '');
  }

  /**
   * Resolves with any status.
   *
   * @throws ControllerError KUBERNETES_UNREACHABLE where no whole answer came in time, or before the signal, KUBERNETES_ANSWER_INVALID for one that is
   *   too large or no JSON where its head says so
   */
  async send(request: ClientRequest): Promise<ApiAnswer> {
    const { path, timeoutMillis, signal: asked } = request;
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMillis)));
    const signal = asked === undefined ? timeout : AbortSignal.any([asked, timeout]);
    try {
      return await readAnswer(path, await this.#open({ ...request, signal }, 'calls'));
    } catch (error) {
      // A connection that has gone silent is not the only one.
      if (timeout.aborted) this.close();
      throw unreachable(error, timeout.aborted ? `no answer within ${timeoutMillis / 1000} s` : null);
    }
  }

  /** The body of an answer of 2xx. @throws ApiRefusal for others; as send() otherwise */
  async call(request: ClientRequest): Promise<unknown> {
    const answer = await this.send(request);
    if (!isSuccess(answer)) throw new ApiRefusal(request.method, request.path, answer);
    return answer.body;
  }

  /**
   * An answer that goes on: nothing but the signal ends it from here.
   *
   * @throws ApiRefusal for any status but 2xx; as send() otherwise
   */
  async stream(request: Ask & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const started = new AbortController();
    const timer = setTimeout(() => started.abort(), CONNECT_MILLIS_MAX);
    const signal = AbortSignal.any([request.signal, started.signal]);
    try {
      const answer = await this.#open({ ...request, signal }, 'watches');
      const { statusCode: status = 0 } = answer;
      if (status < 200 || status > 299)
        throw new ApiRefusal(request.method, request.path, await readAnswer(request.path, answer));
      return answer;
    } catch (error) {
      throw unreachable(error, started.signal.aborted ? 'no answer' : null);
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(request: Ask, purpose: 'calls' | 'watches'): Promise<IncomingMessage> {
    const { method, path, body, contentType = 'application/json', accept = 'application/json' } = request;
    const options = await this.#options(purpose);
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...options.headers,
      ...this.#headers,
      ...{ accept, 'user-agent': 'sluice' },
      ...(bytes === undefined ? {} : { 'content-type': contentType, 'content-length': bytes.length }),
    };
    const url = new URL(this.#server + path);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const ask = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const sent = ask(url, { ...options, method, headers, signal: request.signal }, resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server had closed a connection that was kept: it has not seen the request. A POST might yet be done twice.
      const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && method !== 'POST';
      if (isStale && !request.signal?.aborted) resolve(this.#open(request, purpose));
      else reject(error);
    });
    sent.end(bytes);
    return promise;
  }

  /** With the credentials of now: tokens and certificates in files are replaced while this runs. */
  async #options(purpose: 'calls' | 'watches'): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    // A proxy that the kubeconfig names is the library's own.
    if (this.#config.getCurrentCluster()?.proxyUrl) return options;
    const { headers, auth, ca, cert, key: privateKey, rejectUnauthorized, servername } = options;
    const given = { ca, cert, key: privateKey, rejectUnauthorized, servername };
    const tls = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const key = Object.entries(tls).map(String).join();
    if (this.#agents?.key !== key) {
      this.close();
      const Kind = this.#server.startsWith('http:') ? HttpAgent : Agent;
      const keep = { ...tls, keepAlive: true, keepAliveMsecs: 15_000 };
      this.#agents = { key, calls: new Kind({ ...keep, maxSockets: REQUESTS_MAX }), watches: new Kind(keep) };
    }
    return { agent: this.#agents[purpose], ...(headers && { headers }), ...(auth && { auth }) };
  }

  /** Connections that are in use end with their answers. */
  close(): void {
    for (const agent of [this.#agents?.calls, this.#agents?.watches]) {
      for (const socket of Object.values(agent?.freeSockets ?? {}).flat()) socket?.destroy();
    }
    this.#agents = undefined;
  }
}

async function readAnswer(path: string, answer: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw new AnswerTooLarge(path);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  const isJson = answer.headers['content-type']?.includes('json') ?? false;
  return {
    status: answer.statusCode ?? 0,
    body: isJson ? parse(path, text) : text,
    retryAfterMillis: Number.isFinite(seconds) ? seconds * 1000 : null,
  };
}

export class AnswerTooLarge extends ControllerError {
  constructor(path: string) {
    super('KUBERNETES_ANSWER_INVALID', { path, reason: `it has more than ${ANSWER_BYTES_MAX} bytes` });
  }
}

export function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ControllerError('KUBERNETES_ANSWER_INVALID', { path, reason: String(error) }, error);
  }
}

function unreachable(error: unknown, reason: string | null): ControllerError {
  if (error instanceof ControllerError) return error;
  const { message, code } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { message: '', code: '' };
  return new ControllerError('KUBERNETES_UNREACHABLE', { reason: reason ?? (message || code || '') }, error);
}
