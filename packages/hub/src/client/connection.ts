/** Asking a hub: a request, its answer as a schema has it, or the error that the hub raised. */
import { HttpTarget, type TlsPaths } from '@sluice/shipper/sinks';
import type { z } from 'zod';
import { failureSchema } from '../api/answers.ts';
import { HUB_ERRORS, HubError, type HubErrorCode } from '../errors.ts';

export interface HubAddress {
  /** `http://127.0.0.1:7480`, or `https://…` with `token`. */
  readonly url: string;
  readonly token?: string;
  readonly tls?: TlsPaths;
  readonly requestMillisMax?: number;
}

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** Beside what the hub refused its methods reject with HUB_ANSWER, and STORE_UNAVAILABLE where it cannot be reached. */
export class HubConnection {
  readonly target: HttpTarget;
  readonly #url: string;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ url, token, tls, requestMillisMax }: HubAddress) {
    this.#url = url;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.target = new HttpTarget({ sink: 'hub', url, tls, headers, requestMillisMax });
  }

  async get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
    return this.read(schema, await this.reached(this.target, { method: 'GET', path }));
  }

  async post<T extends z.ZodType>(path: string, schema: T, body: object): Promise<z.output<T>> {
    const headers = { 'content-type': 'application/json' };
    return this.read(schema, await this.reached(this.target, { path, headers, body: JSON.stringify(body) }));
  }

  async reached(target: HttpTarget, request: Parameters<HttpTarget['send']>[0]): Promise<Reply> {
    try {
      return await target.send(request);
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  unreachable(error: unknown): HubError {
    if (error instanceof HubError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new HubError('STORE_UNAVAILABLE', { store: `hub ${this.#url}`, reason }, error);
  }

  read<T extends z.ZodType>(schema: T, reply: Reply): z.output<T> {
    if (reply.status !== 200) throw this.failure(reply);
    const result = schema.safeParse(jsonOf(reply.body));
    if (result.success) return result.data;
    throw new HubError('HUB_ANSWER', { address: this.#url, reason: result.error.issues[0]?.message ?? '' });
  }

  /** The error that the hub raised, as it raised it. */
  failure({ status, body }: Reply): HubError {
    const result = failureSchema.safeParse(jsonOf(body));
    const code = result.success ? codeOf(result.data.error.code) : undefined;
    if (code !== undefined && result.success) return new HubError(code, result.data.error.details);
    return new HubError('HUB_ANSWER', { address: this.#url, reason: `status ${status}` });
  }
}

const CODES = Object.keys(HUB_ERRORS) as readonly HubErrorCode[];

const codeOf = (text: string): HubErrorCode | undefined => CODES.find((code) => code === text);

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // A proxy's page: the schema says that it is no answer.
    return undefined;
  }
}
