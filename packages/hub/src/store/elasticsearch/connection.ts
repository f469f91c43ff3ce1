/** Requests to Elasticsearch, whose failures are those of a store. */
import { Client, type ClientOptions, errors } from '@elastic/elasticsearch';
import { HubError } from '../../errors.ts';

const REQUEST_MILLIS_MAX = 30_000;

/** Nothing in a request of ours is wrong, but the server will not deal with it now, or not with this client. */
const UNAVAILABLE: ReadonlySet<number> = new Set([401, 403, 408, 429, 500, 502, 503, 504]);

/** Where documents of a data set are asked for. */
export interface StreamSource {
  readonly connection: Connection;
  readonly stream: string;
}

export class Connection {
  /** As errors have it: the addresses, without credentials. */
  readonly name: string;
  readonly #client: Client;

  constructor(options: ClientOptions) {
    this.#client = new Client({
      requestTimeout: REQUEST_MILLIS_MAX,
      maxRetries: 1,
      compression: true,
      ...options,
      // Documents hold what they hold; names such as __proto__ are names like others to JSON.parse.
      disablePrototypePoisoningProtection: true,
    });
    this.name = [...this.#client.connectionPool.connections].map(({ url }) => url.origin).join(',');
  }

  /** @throws HubError STORE_UNAVAILABLE, STORE_REFUSED */
  async ask<T>(request: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await request(this.#client);
    } catch (error) {
      if (error instanceof errors.ResponseError && !UNAVAILABLE.has(error.statusCode ?? 0)) {
        throw new HubError('STORE_REFUSED', { store: this.name, reason: reasonOf(error) }, error);
      }
      if (error instanceof errors.ElasticsearchClientError) throw this.unavailable(reasonOf(error), error);
      throw error;
    }
  }

  unavailable(reason: string, cause?: unknown): HubError {
    return new HubError('STORE_UNAVAILABLE', { store: this.name, reason }, cause);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** In words, without the request. */
function reasonOf(error: errors.ElasticsearchClientError): string {
  if (!(error instanceof errors.ResponseError)) return `${error.name}: ${error.message}`;
  const { error: found } = Object(error.body);
  if (typeof found === 'string') return `status ${error.statusCode} ${found}`;
  const { type, reason, root_cause: causes } = Object(found);
  // Of "all shards failed" the cause is what says something.
  const [cause] = Array.isArray(causes) ? causes : [];
  const { type: causeType, reason: causeReason } = Object(cause);
  const words = [causeType ?? type, causeReason ?? reason].filter((each) => typeof each === 'string');
  return [`status ${error.statusCode}`, ...words].join(' ');
}
