/** POST to one receiver, over connections that are kept: time, size of the answer and sockets are bounded. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ShipperError } from '../errors.ts';
import { ANSWER_BYTES_MAX, REQUEST_MILLIS_MAX, SOCKETS_MAX } from './limits.ts';
import { reasonOf } from './reason.ts';
import { TlsFiles, type TlsPaths } from './tls-files.ts';

/** Text, or a file that has it, or what stands behind `prefix`: read for each request, since it may be replaced. */
export type HeaderValue = string | { readonly path: string; readonly prefix?: string };

export interface HttpTargetOptions {
  /** The sink's name, for errors. */
  readonly sink: string;
  /** `http://` or `https://`; paths of requests are added to its own. */
  readonly url: string;
  readonly tls?: TlsPaths | undefined;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
  readonly requestMillisMax?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface OpenAnswer {
  readonly status: number;
  readonly stream: AsyncIterable<Buffer>;
  readonly whole: () => Promise<Buffer>;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

type Agent = HttpAgent | HttpsAgent;

export class HttpTarget {
  readonly #options: HttpTargetOptions;
  readonly #url: URL;
  readonly #tls: TlsFiles | null;
  #agent: Agent;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor(options: HttpTargetOptions) {
    this.#options = options;
    this.#url = urlOf(options);
    this.#tls = this.#url.protocol === 'https:' ? new TlsFiles(options.tls ?? {}) : null;
    this.#agent = this.#createAgent();
  }

  /** @throws ShipperError SINK_AWAY where there is no whole answer; SINK_FILE */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const time = AbortSignal.timeout(this.#options.requestMillisMax ?? REQUEST_MILLIS_MAX);
    const signal = request.signal === undefined ? time : AbortSignal.any([time, request.signal]);
    try {
      const answer = await this.open({ ...request, signal });
      return { status: answer.status, body: await answer.whole() };
    } catch (cause) {
      if (cause instanceof ShipperError) throw cause;
      const reason = time.aborted ? 'no answer in time' : reasonOf(cause);
      throw new ShipperError('SINK_AWAY', { sink: this.#options.sink, reason }, cause);
    }
  }

  /**
   * An answer that comes in parts, for as long as its sender and `signal` let it.
   * @throws ShipperError SINK_FILE; what Node throws where the connection breaks
   */
  async open(request: HttpRequest): Promise<OpenAnswer> {
    if (this.#tls?.refresh() === true) this.#replaceAgent();
    const answer = await this.#exchange(request);
    return {
      status: answer.statusCode ?? 0,
      stream: answer,
      whole: () => readAnswer(answer, this.#options.sink),
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #exchange({ method = 'POST', path, body, headers, signal }: HttpRequest): Promise<IncomingMessage> {
    const url = new URL(this.#url);
    const [pathname = '', query] = path.split('?', 2);
    url.pathname = url.pathname.replace(/\/+$/, '') + pathname;
    if (query !== undefined) url.search = query;
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const sent = { 'content-length': String(length), ...headersOf(this.#options.headers), ...headers };
    const bound = signal === undefined ? {} : { signal };
    const options = { method, agent: this.#agent, headers: sent, ...bound };
    return new Promise((resolve, reject) => {
      const request =
        url.protocol === 'https:' ? httpsRequest(url, options, resolve) : httpRequest(url, options, resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  #createAgent(): Agent {
    const kept = { keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: SOCKETS_MAX };
    if (this.#tls === null) return new HttpAgent(kept);
    const servername = this.#options.tls?.serverName;
    const named = servername === undefined ? {} : { servername };
    return new HttpsAgent({ ...kept, ...this.#tls.material, ...named, minVersion: 'TLSv1.2' });
  }

  /** Requests that are under way end with the certificate with which they began. */
  #replaceAgent(): void {
    const former = this.#agent;
    this.#agent = this.#createAgent();
    for (const sockets of Object.values(former.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }
}

/** `Authorization: Bearer`, by a file that has the token. */
export const bearer = (tokenFile: string | undefined): Readonly<Record<string, HeaderValue>> =>
  tokenFile === undefined ? {} : { authorization: { path: tokenFile, prefix: 'Bearer ' } };

/** @throws ShipperError SINK_FILE */
function headersOf(headers: Readonly<Record<string, HeaderValue>> = {}): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : `${value.prefix ?? ''}${textOf(value.path)}`,
  ]);
  return Object.fromEntries(entries);
}

/** Editors end files with a line end. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').replace(/[\r\n]+$/, '');
  } catch (cause) {
    throw new ShipperError('SINK_FILE', { path, reason: reasonOf(cause) }, cause);
  }
}

function urlOf({ sink, url }: HttpTargetOptions): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && ['http:', 'https:'].includes(parsed.protocol)) return parsed;
  throw new ShipperError('SHIPPER_OPTION', {
    option: `${sink}: url`,
    reason: 'an address that begins with http:// or https:// is needed',
  });
}

/** Rejects where the answer breaks off. */
async function readAnswer(answer: AsyncIterable<Buffer>, sink: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // To leave the loop ends the connection.
  for await (const part of answer) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new ShipperError('SINK_ANSWER', { sink, reason: `more than ${ANSWER_BYTES_MAX} bytes` });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
