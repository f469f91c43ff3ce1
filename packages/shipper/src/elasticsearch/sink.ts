/** Elasticsearch as a sink: records become documents of data streams, each once. */
import { type Client, errors } from '@elastic/elasticsearch';
import type { SpoolRecord } from '@sluice/spool';
import { ShipperError } from '../errors.ts';
import type { PipelineLog } from '../pipeline/pipeline.ts';
import { type Outcome, type Sink, STORED } from '../sink.ts';
import { type Body, BodyMaker } from './body.ts';
import { createClient, errorIn, failureOf, fieldOf, statusOf } from './client.ts';
import type { ElasticsearchOptions } from './options.ts';
import { Presence } from './presence.ts';
import { outcomeOf } from './triage.ts';

/** Time for which the server waits for a shard that is not there. By default a minute, in which nobody knows what it will store. */
const SHARD_WAIT = '10s';

const BULK_QUERY = {
  // Without its template the name would become an index with guessed mappings.
  require_data_stream: true,
  timeout: SHARD_WAIT,
  filter_path: 'items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store',
};

/** Statuses of a server that will not deal with this client; nothing was stored. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 405, 406]);

export interface ElasticsearchSinkParts {
  readonly options: ElasticsearchOptions;
  /** The same over restarts of this shipper, and no other's. */
  readonly identity: string;
  readonly log: PipelineLog;
  /** Requests at once, for which memory is kept. */
  readonly inFlightMax: number;
  /** Brings templates and retention in order; once, before the first record, and again until it succeeds. */
  readonly setUp?: (client: Client) => Promise<void>;
}

export class ElasticsearchSink implements Sink {
  readonly name: string;
  readonly #parts: ElasticsearchSinkParts;
  readonly #client: Client;
  readonly #bodies: BodyMaker;
  readonly #presence: Presence;
  #requestBytesMax: number;
  #settingUp: Promise<void> | null = null;

  constructor(parts: ElasticsearchSinkParts) {
    const { options, identity, log } = parts;
    this.#parts = parts;
    this.name = options.name;
    this.#client = createClient(options);
    this.#bodies = new BodyMaker(options.streams, options.compressionLevel, parts.inFlightMax);
    const streams = Object.values(options.streams);
    this.#presence = new Presence({ client: this.#client, name: this.name, streams, identity, log });
    this.#requestBytesMax = options.requestBytesMax;
  }

  async deliver(
    records: readonly SpoolRecord[],
    signal: AbortSignal,
    repeated = false,
  ): Promise<readonly Outcome[]> {
    await this.#setUp();
    if (!repeated || !this.#parts.options.askBeforeRepeat) return this.#send(records, signal);
    const present = await this.#presence.ask(this.#idsByStream(records), signal);
    if (present.size === 0) return this.#send(records, signal);
    const missing = records.filter(({ id }) => !present.has(id));
    const outcomes = (await this.#send(missing, signal)).values();
    return records.map(({ id }) => (present.has(id) ? STORED : (outcomes.next().value ?? STORED)));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #setUp(): Promise<void> {
    const { setUp } = this.#parts;
    if (setUp === undefined) return Promise.resolve();
    this.#settingUp ??= setUp(this.#client).catch((error: unknown) => {
      this.#settingUp = null;
      if (error instanceof ShipperError) throw error;
      throw new ShipperError('SINK_AWAY', { sink: this.name, reason: failureOf(error) }, error);
    });
    return this.#settingUp;
  }

  #idsByStream(records: readonly SpoolRecord[]): ReadonlyMap<string, readonly string[]> {
    const { streams } = this.#parts.options;
    const ids = new Map<string, string[]>();
    for (const { id, dataSet } of records) {
      const known = ids.get(streams[dataSet]);
      if (known === undefined) ids.set(streams[dataSet], [id]);
      else known.push(id);
    }
    return ids;
  }

  /** In requests of a size that the server takes, one after the other. */
  async #send(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    while (outcomes.length < records.length) {
      const from = outcomes.length;
      const { body, count } = await this.#bodies.make(records, from, this.#requestBytesMax);
      try {
        outcomes.push(...(await this.#bulk(records.slice(from, from + count), body, signal)));
      } finally {
        body.release();
      }
    }
    return outcomes;
  }

  /** Nothing where the server found the request too large, and smaller ones are to be tried. */
  async #bulk(records: readonly SpoolRecord[], body: Body, signal: AbortSignal): Promise<readonly Outcome[]> {
    const opaqueId = this.#presence.nextRequest();
    let answer: unknown;
    try {
      answer = await this.#client.transport.request(
        { method: 'POST', path: '/_bulk', querystring: { ...BULK_QUERY }, bulkBody: body.bytes },
        { signal, opaqueId, headers: body.headers },
      );
    } catch (error) {
      switch (statusOf(error)) {
        case 429:
          return records.map(() => ({ kind: 'again', reason: failureOf(error) }) as const);
        case 413:
          return this.#tooLarge(error, records.length, body.size);
        case 400:
          return this.#unreadable(error, opaqueId, records, signal);
        default:
          throw this.#failure(error, opaqueId);
      }
    }
    const items = fieldOf(answer, 'items');
    if (Array.isArray(items) && items.length === records.length) return items.map(outcomeOf);
    this.#presence.lose(opaqueId);
    const reason = `${Array.isArray(items) ? items.length : 'no'} items for ${records.length} records`;
    throw new ShipperError('SINK_ANSWER', { sink: this.name, reason });
  }

  /** It was refused before it was read. */
  #tooLarge(error: unknown, count: number, bytes: number): readonly Outcome[] {
    if (count === 1) return [{ kind: 'dead', code: 'too_large', reason: failureOf(error) }];
    this.#requestBytesMax = Math.max(1, Math.floor(Math.min(bytes, this.#requestBytesMax) / 2));
    this.#parts.log.warn(
      { sink: this.name, bytes: this.#requestBytesMax },
      'requests were too large; they are halved',
    );
    return [];
  }

  /**
   * Something in it cannot be read. What stood before it may be stored already: servers read and store in pieces. By halves it
   * comes down to one record that is refused alone.
   */
  async #unreadable(
    error: unknown,
    opaqueId: string,
    records: readonly SpoolRecord[],
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    if (records.length === 1) {
      const { type } = errorIn(error instanceof errors.ResponseError ? error.body : null);
      return [{ kind: 'dead', code: type === '' ? 'bad_request' : type, reason: failureOf(error) }];
    }
    this.#presence.lose(opaqueId);
    const half = Math.ceil(records.length / 2);
    const first = await this.deliver(records.slice(0, half), signal, true);
    return [...first, ...(await this.deliver(records.slice(half), signal, true))];
  }

  #failure(error: unknown, opaqueId: string): ShipperError {
    const reason = failureOf(error);
    const status = statusOf(error);
    if (status !== null && REFUSALS.has(status)) {
      return new ShipperError('SINK_REFUSED', { sink: this.name, reason }, error);
    }
    this.#presence.lose(opaqueId);
    return new ShipperError('SINK_AWAY', { sink: this.name, reason }, error);
  }
}
