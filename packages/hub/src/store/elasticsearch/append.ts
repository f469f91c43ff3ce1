/**
 * Documents into data streams, each once. Within an index Elasticsearch sees to that: `create` refuses an id that is there. A
 * stream has a new index after each rollover, which knows nothing of the ids before; so these are asked for.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Document, SpoolRecord } from '@sluice/spool';
import type { AppendOutcome } from '../event-store.ts';
import type { Connection } from './connection.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

const STORED: AppendOutcome = { kind: 'stored' };
const DUPLICATE: AppendOutcome = { kind: 'duplicate' };

/** Errors that are the document's own: it will be refused for ever. */
const DOCUMENT_ERRORS: ReadonlySet<string> = new Set([
  'document_parsing_exception',
  'illegal_argument_exception',
  'mapper_parsing_exception',
  'strict_dynamic_mapping_exception',
  'x_content_parse_exception',
]);

const TOO_LARGE = 413;
const CONFLICT = 409;
const NOT_FOUND = 404;

export interface StreamWriterOptions {
  readonly connection: Connection;
  readonly stream: string;
  /** Whether documents can be found as soon as `append` has resolved. */
  readonly refresh: boolean;
}

/** Of one data stream. */
export class StreamWriter {
  readonly #connection: Connection;
  readonly #stream: string;
  readonly #refresh: boolean;
  /** The index that took the last document; null before the first. */
  #index: string | null = null;
  /** Stored behind a rollover, and not yet looked for in older indices: the next call that has them does. */
  readonly #doubtful = new Set<string>();

  constructor({ connection, stream, refresh }: StreamWriterOptions) {
    this.#connection = connection;
    this.#stream = stream;
    this.#refresh = refresh;
  }

  /** @throws HubError STORE_UNAVAILABLE where that is to be said of one of them: all may be given again */
  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    const known = await this.#known(records);
    const fresh = records.filter(({ id }) => !known.has(id));
    const outcomes = (await this.#create(fresh)).values();
    return records.map(({ id }) => (known.has(id) ? DUPLICATE : (outcomes.next().value ?? DUPLICATE)));
  }

  /** Ids that the stream has. */
  async #known(records: readonly SpoolRecord[]): Promise<ReadonlySet<string>> {
    // A stream's first index has nothing before it.
    if (this.#index?.endsWith('-000001') === true && this.#doubtful.size === 0) return new Set();
    const places = await this.#settledPlaces(records.map(({ id }) => id));
    return new Set(places.keys());
  }

  async #create(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    if (records.length === 0) return [];
    const items = await this.#bulk(records);
    if (items === null) return this.#createInHalves(records);
    const outcomes = items.map((item) => this.#outcomeOf(item));
    const stored = records.filter((_, at) => outcomes[at] === STORED).map(({ id }) => id);
    const index = items.filter((_, at) => outcomes[at] === STORED).at(-1)?._index;
    if (index === undefined || index === this.#index) return outcomes;
    // The stream has rolled over since the last document. What had been stored just before may not have been visible when it
    // was asked for.
    for (const id of stored) this.#doubtful.add(id);
    const places = await this.#settledPlaces(stored);
    this.#index = index;
    const isDouble = (id: string): boolean => (places.get(id)?.length ?? 0) > 1;
    return outcomes.map((outcome, at) => (isDouble(records[at]?.id ?? '') ? DUPLICATE : outcome));
  }

  /** Null where the request is too large. */
  async #bulk(records: readonly SpoolRecord[]): Promise<readonly estypes.BulkResponseItem[] | null> {
    const operations = records.flatMap(({ id, document }) => [{ create: { _id: id } }, jsonOf(document)]);
    const parameters = { index: this.#stream, operations, require_data_stream: true, refresh: this.#refresh };
    const answer = await this.#connection.ask((client) =>
      // Sent once: whoever called knows what may have arrived, and gives it again.
      client.bulk(parameters, { maxRetries: 0, ignore: [TOO_LARGE] }),
    );
    return Array.isArray(answer.items)
      ? answer.items.map(({ create }) => create ?? { _index: '', status: 0 })
      : null;
  }

  async #createInHalves(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    if (records.length === 1) return [{ kind: 'refused', reason: 'it is larger than a request may be' }];
    const half = Math.ceil(records.length / 2);
    const first = await this.#create(records.slice(0, half));
    return [...first, ...(await this.#create(records.slice(half)))];
  }

  #outcomeOf({ status, error, failure_store: failureStore }: estypes.BulkResponseItem): AppendOutcome {
    if (status === CONFLICT) return DUPLICATE;
    const reason = `${error?.type}: ${error?.reason}`;
    if (status === 200 || status === 201) {
      // Where nobody finds it.
      return failureStore === 'used' ? { kind: 'refused', reason: 'it went to the failure store' } : STORED;
    }
    if (status === 400 && DOCUMENT_ERRORS.has(error?.type ?? '')) return { kind: 'refused', reason };
    throw this.#connection.unavailable(`status ${status} ${reason}`);
  }

  /**
   * Where the ids are. Where one has copies, all but that of the oldest index go.
   *
   * @returns indices as they were found
   */
  async #settledPlaces(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const index = this.#stream;
    // After this all that older indices hold can be seen: nothing is written there any more.
    if (this.#index === null || ids.some((id) => this.#doubtful.has(id)))
      await this.#connection.ask((client) => client.indices.refresh({ index, ignore_unavailable: true }));
    const places = await this.#places(ids);
    for (const [id, indices] of places)
      for (const copy of indices.toSorted(byGeneration).slice(1))
        await this.#connection.ask((client) =>
          client.delete({ index: copy, id, refresh: this.#refresh }, { ignore: [NOT_FOUND] }),
        );
    for (const id of ids) this.#doubtful.delete(id);
    return places;
  }

  /** Indices that have the ids. */
  async #places(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (ids.length === 0) return new Map();
    const places = new Map<string, string[]>();
    const answer = await this.#connection.ask((client) =>
      client.search({
        ...WHOLE_ANSWER,
        index: this.#stream,
        query: { ids: { values: [...ids] } },
        size: ids.length * 2,
        _source: false,
        sort: ['_doc'],
        track_total_hits: false,
      }),
    );
    for (const { _id: id = '', _index: index } of answer.hits.hits) {
      const known = places.get(id);
      if (known === undefined) places.set(id, [index]);
      else known.push(index);
    }
    return places;
  }
}

/**
 * Half of a surrogate pair becomes U+FFFD, as everywhere: the server would make a question mark of it. In JSON such halves
 * stand as `\\ud800`, and only they.
 */
function jsonOf(document: Document): string {
  const json = JSON.stringify(document);
  if (!/\\ud[89a-f]/.test(json)) return json;
  return JSON.stringify(document, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}

const generationOf = (index: string): number => Number(/-(\d+)$/.exec(index)?.[1] ?? 0);

const byGeneration = (a: string, b: string): number => generationOf(a) - generationOf(b);
