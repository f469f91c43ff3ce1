/** A hub as a store: who asks it need not know whether the store is here or there. */

import { joinRecords, packRecord, RECORDS_PATH, RECORDS_TYPE } from '@sluice/shipper/hub-wire';
import { HttpTarget, type TlsPaths } from '@sluice/shipper/sinks';
import type { DataSet, SpoolRecord } from '@sluice/spool';
import type { z } from 'zod';
import {
  bucketsSchema,
  countAnswerSchema,
  failureSchema,
  outcomesSchema,
  pageSchema,
  statsSchema,
  storedDocumentSchema,
} from '../api/answers.ts';
import { HUB_ERRORS, HubError, type HubErrorCode } from '../errors.ts';
import { printQuery } from '../query/print.ts';
import type {
  AggregateRequest,
  AppendOutcome,
  Buckets,
  EventStore,
  Page,
  SearchRequest,
  Selection,
  StoredDocument,
  StoreStats,
} from '../store/event-store.ts';
import { checkAggregate, checkSearch, checkSelection } from '../store/request.ts';
import { readEvents, type TailEvent } from './tail.ts';

export interface HubClientOptions {
  /** `http://127.0.0.1:7480`, or `https://…` with `token`. */
  readonly url: string;
  readonly token?: string;
  readonly tls?: TlsPaths;
  readonly requestMillisMax?: number;
  /** Where a node delivers, and its certificate; without it `append` is refused. */
  readonly deliver?: { readonly url: string; readonly tls: TlsPaths };
}

export type HubStats = z.output<typeof statsSchema>;

interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** Beside what its methods say they reject with what the hub refused, HUB_UNAUTHORIZED, HUB_BUSY, QUERY_TIMEOUT, HUB_ANSWER. */
export class HubClient implements EventStore {
  readonly kind = 'hub';
  readonly #url: string;
  readonly #target: HttpTarget;
  readonly #deliver: HttpTarget | null;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ url, token, tls, deliver, requestMillisMax }: HubClientOptions) {
    this.#url = url;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#target = new HttpTarget({ sink: 'hub', url, tls, headers, requestMillisMax });
    this.#deliver =
      deliver === undefined ? null : new HttpTarget({ sink: 'hub', requestMillisMax, ...deliver });
  }

  /** @throws HubError NODE_FORBIDDEN where the client has no certificate of a node */
  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    if (this.#deliver === null) {
      throw new HubError('NODE_FORBIDDEN', { node: 'without a name', reason: 'it has no certificate' });
    }
    const body = joinRecords(records.map(packRecord));
    const request = { path: RECORDS_PATH, body, headers: { 'content-type': RECORDS_TYPE } };
    const { outcomes } = this.#read(outcomesSchema, await this.#reached(this.#deliver, request));
    return outcomes.map(({ kind, reason = '' }) => (kind === 'refused' ? { kind, reason } : { kind }));
  }

  /** Checked here as every store checks it: JSON has no words for some of what is wrong. */
  async search(request: SearchRequest): Promise<Page> {
    checkSearch(request);
    const { size, cursor, sort } = request;
    const order = sort === undefined ? {} : { sort: `${sort.field}:${sort.order}` };
    return this.#post('/v1/events/search', pageSchema, { ...shown(request), ...order, size, cursor });
  }

  async count(selection: Selection): Promise<number> {
    checkSelection(selection);
    return (await this.#post('/v1/events/count', countAnswerSchema, shown(selection))).count;
  }

  async aggregate(request: AggregateRequest): Promise<Buckets> {
    checkAggregate(request);
    const { metric, kind } = request;
    const shape =
      kind === 'terms'
        ? { field: request.field, size: request.size }
        : kind === 'composite'
          ? { fields: request.fields, size: request.size, cursor: request.cursor }
          : { intervalMillis: request.intervalMillis };
    const number = metric === undefined ? {} : { metric: `${metric.kind}:${metric.field}` };
    return this.#post('/v1/events/aggregate', bucketsSchema, {
      ...shown(request),
      kind,
      ...shape,
      ...number,
    });
  }

  async get(dataSet: DataSet, id: string): Promise<StoredDocument | null> {
    const path = `/v1/events/${dataSet}/${encodeURIComponent(id)}`;
    const reply = await this.#reached(this.#target, { method: 'GET', path });
    if (reply.status === 404) {
      const error = this.#failure(reply);
      if (error.code === 'HUB_NOT_FOUND') return null;
      throw error;
    }
    return this.#read(storedDocumentSchema, reply);
  }

  async stats(): Promise<StoreStats> {
    return (await this.hubStats()).stats;
  }

  /** With the nodes that deliver. */
  async hubStats(): Promise<HubStats> {
    return this.#read(statsSchema, await this.#reached(this.#target, { method: 'GET', path: '/v1/stats' }));
  }

  /**
   * What is new from now on, until `signal` is aborted or the hub ends it.
   * @throws HubError QUERY_SYNTAX, HUB_BUSY, STORE_UNAVAILABLE where the connection breaks
   */
  async *tail(
    { dataSet, query }: Pick<Selection, 'dataSet' | 'query'>,
    signal: AbortSignal,
  ): AsyncGenerator<TailEvent> {
    const parameters = new URLSearchParams({ dataSet, query: printQuery(query) });
    try {
      const answer = await this.#target.open({ method: 'GET', path: `/v1/tail?${parameters}`, signal });
      if (answer.status !== 200) throw this.#failure({ status: answer.status, body: await answer.whole() });
      yield* readEvents(answer.stream);
    } catch (error) {
      if (signal.aborted) return;
      throw this.#unreachable(error);
    }
  }

  close(): Promise<void> {
    this.#target.close();
    this.#deliver?.close();
    return Promise.resolve();
  }

  async #post<T extends z.ZodType>(path: string, schema: T, body: object): Promise<z.output<T>> {
    const headers = { 'content-type': 'application/json' };
    return this.#read(
      schema,
      await this.#reached(this.#target, { path, headers, body: JSON.stringify(body) }),
    );
  }

  async #reached(target: HttpTarget, request: Parameters<HttpTarget['send']>[0]): Promise<Reply> {
    try {
      return await target.send(request);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): HubError {
    if (error instanceof HubError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new HubError('STORE_UNAVAILABLE', { store: `hub ${this.#url}`, reason }, error);
  }

  #read<T extends z.ZodType>(schema: T, reply: Reply): z.output<T> {
    if (reply.status !== 200) throw this.#failure(reply);
    const result = schema.safeParse(jsonOf(reply.body));
    if (result.success) return result.data;
    throw new HubError('HUB_ANSWER', { address: this.#url, reason: result.error.issues[0]?.message ?? '' });
  }

  /** The error that the hub raised, as it raised it. */
  #failure({ status, body }: Reply): HubError {
    const result = failureSchema.safeParse(jsonOf(body));
    const code = result.success ? codeOf(result.data.error.code) : undefined;
    if (code !== undefined && result.success) return new HubError(code, result.data.error.details);
    return new HubError('HUB_ANSWER', { address: this.#url, reason: `status ${status}` });
  }
}

const CODES = Object.keys(HUB_ERRORS) as readonly HubErrorCode[];

const codeOf = (text: string): HubErrorCode | undefined => CODES.find((code) => code === text);

const shown = ({ dataSet, query, from, to }: Selection): object => ({
  dataSet,
  query: printQuery(query),
  from,
  to,
});

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // A proxy's page: the schema says that it is no answer.
    return undefined;
  }
}
