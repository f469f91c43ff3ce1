/** A hub as a store: who asks it need not know whether the store is here or there. */

import { joinRecords, packRecord, RECORDS_PATH, RECORDS_TYPE } from '@sluice/shipper/hub-wire';
import { bearer, HttpTarget, type TlsPaths } from '@sluice/shipper/sinks';
import type { DataSet, SpoolRecord } from '@sluice/spool';
import type { z } from 'zod';
import {
  bucketsSchema,
  countAnswerSchema,
  outcomesSchema,
  pageSchema,
  statsSchema,
  storedDocumentSchema,
} from '../api/answers.ts';
import { HubError } from '../errors.ts';
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
import { type HubAddress, HubConnection } from './connection.ts';
import { readEvents, type TailEvent } from './tail.ts';

export interface HubClientOptions extends HubAddress {
  /** Where a node delivers, its certificate, and the file of its token where it has one; without it `append` is refused. */
  readonly deliver?: { readonly url: string; readonly tls: TlsPaths; readonly tokenFile?: string };
}

export type HubStats = z.output<typeof statsSchema>;

/** Beside what its methods say they reject with what the hub refused, HUB_UNAUTHORIZED, HUB_BUSY, QUERY_TIMEOUT, HUB_ANSWER. */
export class HubClient implements EventStore {
  readonly kind = 'hub';
  readonly #hub: HubConnection;
  readonly #deliver: HttpTarget | null;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ deliver, ...address }: HubClientOptions) {
    this.#hub = new HubConnection(address);
    const { requestMillisMax } = address;
    this.#deliver =
      deliver === undefined
        ? null
        : new HttpTarget({
            ...{ sink: 'hub', requestMillisMax, url: deliver.url, tls: deliver.tls },
            headers: bearer(deliver.tokenFile),
          });
  }

  /** @throws HubError NODE_FORBIDDEN where the client has no certificate of a node */
  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    if (this.#deliver === null) {
      throw new HubError('NODE_FORBIDDEN', { node: 'without a name', reason: 'it has no certificate' });
    }
    const body = joinRecords(records.map(packRecord));
    const request = { path: RECORDS_PATH, body, headers: { 'content-type': RECORDS_TYPE } };
    const { outcomes } = this.#hub.read(outcomesSchema, await this.#hub.reached(this.#deliver, request));
    return outcomes.map(({ kind, reason = '' }) => (kind === 'refused' ? { kind, reason } : { kind }));
  }

  /** Checked here as every store checks it: JSON has no words for some of what is wrong. */
  async search(request: SearchRequest): Promise<Page> {
    checkSearch(request);
    const { size, cursor, sort } = request;
    const order = sort === undefined ? {} : { sort: `${sort.field}:${sort.order}` };
    return this.#hub.post('/v1/events/search', pageSchema, { ...shown(request), ...order, size, cursor });
  }

  async count(selection: Selection): Promise<number> {
    checkSelection(selection);
    return (await this.#hub.post('/v1/events/count', countAnswerSchema, shown(selection))).count;
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
    return this.#hub.post('/v1/events/aggregate', bucketsSchema, {
      ...shown(request),
      kind,
      ...shape,
      ...number,
    });
  }

  async get(dataSet: DataSet, id: string): Promise<StoredDocument | null> {
    const path = `/v1/events/${dataSet}/${encodeURIComponent(id)}`;
    const reply = await this.#hub.reached(this.#hub.target, { method: 'GET', path });
    if (reply.status === 404) {
      const error = this.#hub.failure(reply);
      if (error.code === 'HUB_NOT_FOUND') return null;
      throw error;
    }
    return this.#hub.read(storedDocumentSchema, reply);
  }

  async stats(): Promise<StoreStats> {
    return (await this.hubStats()).stats;
  }

  /** With the nodes that deliver. */
  async hubStats(): Promise<HubStats> {
    return this.#hub.read(
      statsSchema,
      await this.#hub.reached(this.#hub.target, { method: 'GET', path: '/v1/stats' }),
    );
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
      const answer = await this.#hub.target.open({ method: 'GET', path: `/v1/tail?${parameters}`, signal });
      if (answer.status !== 200)
        throw this.#hub.failure({ status: answer.status, body: await answer.whole() });
      yield* readEvents(answer.stream);
    } catch (error) {
      if (signal.aborted) return;
      throw this.#hub.unreachable(error);
    }
  }

  close(): Promise<void> {
    this.#hub.target.close();
    this.#deliver?.close();
    return Promise.resolve();
  }
}

const shown = ({ dataSet, query, from, to }: Selection): object => ({
  dataSet,
  query: printQuery(query),
  from,
  to,
});
