/** Numbers of a selection of documents, asked of a store by its aggregations. */
import type { Bucket, EventStore, Query, Selection } from '@sluice/hub';

export interface Top {
  readonly key: string;
  readonly count: number;
}

export interface Volume {
  readonly from: number;
  readonly count: number;
  /** Of them those whose client was refused. */
  readonly blocked: number;
  readonly wouldBlock: number;
}

export interface WafStats {
  readonly dataSet: 'waf';
  readonly count: number;
  /** Times of the first and the last, in milliseconds since the epoch. */
  readonly from: number | null;
  readonly to: number | null;
  readonly blocked: number;
  /** Let through, and Block would have refused them. */
  readonly wouldBlock: number;
  /** Inspection was cut short or failed. */
  readonly cutShort: number;
  /** Events that summaries of floods stand for; they are in no other number. */
  readonly flood: number;
  readonly intervalMillis: number;
  readonly volume: readonly Volume[];
  readonly actions: readonly Top[];
  readonly policies: readonly Top[];
  readonly rules: readonly Top[];
  readonly sources: readonly Top[];
  readonly destinations: readonly Top[];
  readonly coverage: {
    readonly requestBytesSeen: number;
    readonly requestBytesPassed: number;
    readonly responseBytesSeen: number;
    readonly responseBytesPassed: number;
    /** Events by what was not inspected, and why. */
    readonly skipped: readonly Top[];
    /** Events by why they could not be inspected. */
    readonly causes: readonly Top[];
  };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const INTERVALS = [
  SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
  365 * DAY,
];
/** Lines of a histogram. */
const BUCKETS_MAX = 24;

/** The shortest interval that gives few enough lines. */
export const intervalFor = (millis: number): number =>
  INTERVALS.find((interval) => millis / interval < BUCKETS_MAX) ?? 3_650 * DAY;

const equal = (path: string, value: string | boolean): Query => ({
  kind: 'compare',
  field: { path, type: typeof value === 'string' ? 'keyword' : 'boolean' },
  operator: '=',
  value,
});

const BLOCKED = equal('event.type', 'denied');
const WOULD_BLOCK: Query = {
  kind: 'and',
  of: [equal('waf.would_block', true), { kind: 'not', of: BLOCKED }],
};
const CUT_SHORT = equal('event.outcome', 'failure');

export class Measure {
  readonly #store: EventStore;
  readonly #selection: Selection;

  constructor(store: EventStore, selection: Selection) {
    this.#store = store;
    this.#selection = selection;
  }

  /** @param top how many of each kind of thing */
  async waf(top: number): Promise<WafStats> {
    const [from, to] = [await this.#edge('asc'), await this.#edge('desc')];
    const intervalMillis = intervalFor((to ?? 0) - (from ?? 0));
    const owners = await this.top('waf.destination.owner', top);
    return {
      dataSet: 'waf',
      count: await this.#store.count(this.#selection),
      from,
      to,
      blocked: await this.#count(BLOCKED),
      wouldBlock: await this.#count(WOULD_BLOCK),
      cutShort: await this.#count(CUT_SHORT),
      flood: await this.#sum('waf.flood.count'),
      intervalMillis,
      volume: await this.#volume(intervalMillis),
      actions: await this.top('event.action', top),
      policies: await this.top('waf.policy', top),
      rules: await this.top('waf.rules.id', top),
      sources: await this.top('source.ip', top),
      // Without Kubernetes nobody knows whose address it is.
      destinations: owners.length > 0 ? owners : await this.#topAddresses(top),
      coverage: {
        requestBytesSeen: await this.#sum('waf.coverage.request_bytes_seen'),
        requestBytesPassed: await this.#sum('waf.coverage.request_bytes_passed'),
        responseBytesSeen: await this.#sum('waf.coverage.response_bytes_seen'),
        responseBytesPassed: await this.#sum('waf.coverage.response_bytes_passed'),
        skipped: await this.top('waf.coverage.skipped', top),
        causes: await this.top('waf.cause', top),
      },
    };
  }

  async top(field: string, size: number): Promise<readonly Top[]> {
    const { buckets } = await this.#store.aggregate({ ...this.#selection, kind: 'terms', field, size });
    return buckets.map(({ key, count }) => ({ key: String(key[0]), count }));
  }

  /** Time of the first or the last document. */
  async #edge(order: 'asc' | 'desc'): Promise<number | null> {
    const sort = { field: '@timestamp', order };
    const { documents } = await this.#store.search({ ...this.#selection, sort, size: 1 });
    const time = Date.parse(String(documents[0]?.document['@timestamp']));
    return Number.isNaN(time) ? null : time;
  }

  #with(query: Query): Selection {
    return { ...this.#selection, query: { kind: 'and', of: [this.#selection.query, query] } };
  }

  #count(query: Query): Promise<number> {
    return this.#store.count(this.#with(query));
  }

  /** Every document of the data set has the same `event.dataset`: one bucket is all of them. */
  async #sum(field: string): Promise<number> {
    const metric = { kind: 'sum', field } as const;
    const request = { ...this.#selection, kind: 'terms', field: 'event.dataset', size: 2, metric } as const;
    const { buckets } = await this.#store.aggregate(request);
    return buckets.reduce((sum, bucket) => sum + (bucket.metric ?? 0), 0);
  }

  async #topAddresses(size: number): Promise<readonly Top[]> {
    const fields = ['destination.ip', 'destination.port'];
    const { buckets } = await this.#store.aggregate({
      ...this.#selection,
      kind: 'composite',
      fields,
      size: COMPOSITE_MAX,
    });
    return [...buckets]
      .sort((a, b) => b.count - a.count)
      .slice(0, size)
      .map(({ key, count }) => ({ key: addressOf(key), count }));
  }

  async #volume(intervalMillis: number): Promise<readonly Volume[]> {
    const histogram = async (selection: Selection): Promise<readonly Bucket[]> => {
      const request = { ...selection, kind: 'date_histogram', intervalMillis } as const;
      return (await this.#store.aggregate(request)).buckets;
    };
    const byTime = async (query: Query): Promise<ReadonlyMap<number, number>> =>
      new Map((await histogram(this.#with(query))).map(({ key, count }) => [Number(key[0]), count]));
    const blocked = await byTime(BLOCKED);
    const wouldBlock = await byTime(WOULD_BLOCK);
    return (await histogram(this.#selection)).map(({ key, count }) => {
      const from = Number(key[0]);
      return { from, count, blocked: blocked.get(from) ?? 0, wouldBlock: wouldBlock.get(from) ?? 0 };
    });
  }
}

/** Destinations that are looked at for the most frequent ones. */
const COMPOSITE_MAX = 10_000;

function addressOf([address = '', port = '']: Bucket['key']): string {
  const text = String(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}
