/**
 * Events in Elasticsearch 8.19 or newer, in the data streams that the shipper writes:
 *
 *     const store = new ElasticsearchStore({ client: { node: 'http://127.0.0.1:9200' }, namespace: 'default' });
 *
 * What was stored can be found when the index has been refreshed, within a second unless its settings say otherwise.
 */
import type { ClientOptions } from '@elastic/elasticsearch';
import { installTemplate, streamName } from '@sluice/shipper/template';
import { DATA_SETS, type DataSet, type Document, type SpoolRecord } from '@sluice/spool';
import { recordFault } from '../document-check.ts';
import type {
  AggregateRequest,
  AppendOutcome,
  Arrivals,
  ArrivalsRequest,
  Buckets,
  EventStore,
  Page,
  SearchRequest,
  Selection,
  StoredDocument,
  StoreStats,
} from '../event-store.ts';
import { checkSelection } from '../request.ts';
import { schemaOf } from '../schemas.ts';
import { aggregate } from './aggregate.ts';
import { StreamWriter } from './append.ts';
import { arrivals } from './arrivals.ts';
import { Connection, type StreamSource } from './connection.ts';
import { withLongTexts } from './long-texts.ts';
import { selectionDsl } from './query-dsl.ts';
import { search } from './search.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

export interface ElasticsearchStoreOptions {
  /** Addresses, credentials, TLS, as @elastic/elasticsearch takes them. */
  readonly client: ClientOptions;
  /** Last part of the data streams' names: `logs-sluice.waf-default`. */
  readonly namespace: string;
  /** Whether the index templates are seen to before the first document. Without: somebody else has, by `sluice ship`. */
  readonly installTemplates?: boolean;
  /** Days for which documents are kept; null, the default: nothing is said about it. */
  readonly retentionDays?: number | null;
  /** Whether `append` makes documents visible at once, which costs the server as much as storing them. */
  readonly refresh?: boolean;
}

export class ElasticsearchStore implements EventStore {
  readonly kind = 'elasticsearch';
  readonly #connection: Connection;
  readonly #options: ElasticsearchStoreOptions;
  readonly #writers: Readonly<Record<DataSet, StreamWriter>>;
  #installed: Promise<void> | null = null;

  /** @throws ShipperError SHIPPER_OPTION where the namespace cannot be part of a name */
  constructor(options: ElasticsearchStoreOptions) {
    this.#options = options;
    this.#connection = new Connection(options.client);
    const writer = (dataSet: DataSet): StreamWriter =>
      new StreamWriter({
        connection: this.#connection,
        stream: this.#stream(dataSet),
        refresh: options.refresh ?? false,
      });
    this.#writers = { waf: writer('waf'), l7: writer('l7'), alert: writer('alert') };
  }

  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    await this.#install();
    const outcomes = new Map<SpoolRecord, AppendOutcome>();
    for (const record of records) {
      const reason = faultOf(record);
      if (reason !== null) outcomes.set(record, { kind: 'refused', reason });
    }
    for (const dataSet of DATA_SETS) {
      const taken = records.filter((record) => record.dataSet === dataSet && !outcomes.has(record));
      if (taken.length === 0) continue;
      const answers = await this.#writers[dataSet].append(taken);
      for (const [at, answer] of answers.entries()) {
        const record = taken[at];
        if (record !== undefined) outcomes.set(record, answer);
      }
    }
    return records.map((record) => outcomes.get(record) ?? { kind: 'duplicate' });
  }

  async search(request: SearchRequest): Promise<Page> {
    const source = this.#source(request.dataSet);
    return withLongTexts(source, request, (query) => search(source, { ...request, query }));
  }

  async arrivals(request: ArrivalsRequest): Promise<Arrivals | null> {
    checkSelection(request);
    const source = this.#source(request.dataSet);
    return withLongTexts(source, request, (query) => arrivals(source, { ...request, query }, Date.now()));
  }

  async count(selection: Selection): Promise<number> {
    checkSelection(selection);
    const source = this.#source(selection.dataSet);
    return withLongTexts(source, selection, (query) => this.#count({ ...selection, query }));
  }

  async aggregate(request: AggregateRequest): Promise<Buckets> {
    const source = this.#source(request.dataSet);
    return withLongTexts(source, request, (query) => aggregate(source, { ...request, query }));
  }

  async get(dataSet: DataSet, id: string): Promise<StoredDocument | null> {
    const index = this.#stream(dataSet);
    // Of a stream nobody can get a document by its id: it may be in any of the indices.
    const answer = await this.#connection.ask((client) =>
      client.search<Document>({ ...WHOLE_ANSWER, index, query: { ids: { values: [id] } }, size: 1 }),
    );
    const [hit] = answer.hits.hits;
    return hit?._source === undefined ? null : { id, document: hit._source };
  }

  async stats(): Promise<StoreStats> {
    const index = DATA_SETS.map((dataSet) => this.#stream(dataSet));
    const counts = await Promise.all(
      DATA_SETS.map(async (dataSet) => [dataSet, await this.count({ dataSet, query: { kind: 'all' } })]),
    );
    const answer = await this.#connection.ask((client) =>
      client.search({
        ...WHOLE_ANSWER,
        index,
        size: 0,
        aggregations: { times: { stats: { field: '@timestamp' } } },
      }),
    );
    const { count, min, max } = Object(Object(answer.aggregations).times);
    const some = Number(count) > 0;
    return {
      documents: { waf: 0, l7: 0, ...Object.fromEntries(counts) },
      bytes: await this.#bytes(index),
      oldest: some ? Number(min) : null,
      newest: some ? Number(max) : null,
    };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #count(selection: Selection): Promise<number> {
    const index = this.#stream(selection.dataSet);
    const { count, _shards: shards } = await this.#connection.ask((client) =>
      client.count({ index, query: selectionDsl(selection), ignore_unavailable: true }),
    );
    if (shards.failed > 0) throw this.#connection.unavailable(`${shards.failed} shards cannot count`);
    return count;
  }

  #source(dataSet: DataSet): StreamSource {
    return { connection: this.#connection, stream: this.#stream(dataSet) };
  }

  #stream(dataSet: DataSet): string {
    return streamName(dataSet, this.#options.namespace);
  }

  /** On disk, copies included. */
  async #bytes(streams: readonly string[]): Promise<number> {
    const sizes = streams.map(async (index) => {
      // Without the stream there is nothing to be told of.
      const answer = await this.#connection.ask((client) =>
        client.indices.stats({ index, metric: 'store' }, { ignore: [404] }),
      );
      return answer._all?.total?.store?.size_in_bytes ?? 0;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  /** Before the first document; again where it has failed. */
  #install(): Promise<void> {
    this.#installed ??= this.#installAll().catch((error: unknown) => {
      this.#installed = null;
      throw error;
    });
    return this.#installed;
  }

  async #installAll(): Promise<void> {
    const { namespace, retentionDays = null, installTemplates = true } = this.#options;
    if (!installTemplates) return;
    for (const dataSet of DATA_SETS) {
      const options = { dataSet, schema: schemaOf(dataSet), namespace, retentionDays };
      await this.#connection.ask((client) => installTemplate(client, options));
    }
  }
}

/** What no store takes, and what cannot be found here: documents are sorted by their `event.id`. */
function faultOf(record: SpoolRecord): string | null {
  let hasId = false;
  const fault = recordFault(record, ({ path }) => {
    hasId ||= path === 'event.id';
  });
  return fault ?? (hasId ? null : 'it has no event.id');
}
