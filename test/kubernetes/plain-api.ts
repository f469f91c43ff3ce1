/** An Api by plain HTTPS, which counts what it is asked. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Api, ApiAnswer, ApiRequest } from '../../packages/controller/src/apply/api.ts';
import { ControllerError, reasonOf } from '../../packages/controller/src/errors.ts';

export class PlainApi implements Api {
  /** Everything but reading, as `METHOD path`, without the query. */
  readonly writes: string[] = [];
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** @param authority path of the certificate that signs the server's */
  constructor(url: string, token: string, authority: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(authority) });
  }

  async send(asked: ApiRequest): Promise<ApiAnswer> {
    const { method, path, body, contentType = 'application/json', timeoutMillis, signal } = asked;
    if (method !== 'GET') this.writes.push(`${method} ${path.replace(/\?.*/, '')}`);
    const late = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMillis)));
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const options = {
      method,
      agent: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': contentType },
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    };
    const sent = request(new URL(path, this.#url), options, (response) => {
      text(response).then((answer) => {
        const after = response.headers['retry-after'];
        resolve({
          status: response.statusCode ?? 0,
          body: answer.startsWith('{') ? JSON.parse(answer) : answer,
          retryAfterMillis: after === undefined ? null : Number(after) * 1_000,
        });
      }, reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    try {
      return await promise;
    } catch (cause) {
      throw new ControllerError('KUBERNETES_UNREACHABLE', { reason: reasonOf(cause) }, cause);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
