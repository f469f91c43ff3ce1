/** Groups of documents with a number each: the values of aggregateBy and the metric, or one group of all. */
import type { Query, QueryValue } from '../query/tree.ts';
import type { AggregateRequest, Bucket, EventStore, Selection } from '../store/event-store.ts';
import { BUCKETS_MAX } from '../store/limits.ts';
import type { AlertDefinition, AlertMetric } from './definition.ts';
import { ALERT_LIMITS } from './limits.ts';

/** Milliseconds since the epoch; `to` is not included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Group {
  /** Of the fields of aggregateBy, in their order. */
  readonly values: readonly QueryValue[];
  readonly count: number;
  /** The metric's; the count where there is none. */
  readonly value: number;
}

export interface Groups {
  readonly groups: readonly Group[];
  readonly truncated: boolean;
}

type Asked = Pick<AlertDefinition, 'aggregateBy' | 'metric' | 'query' | 'dataSet'>;

export const selectionOf = (
  { dataSet, query }: { readonly dataSet: AlertDefinition['dataSet']; readonly query: Query },
  { from, to }: Window,
): Selection => ({ dataSet, query, from, to });

/** A group whose documents have no number for the metric is left out; one of all is there with none, where documents are counted. */
export async function groupsOf(asked: Asked, store: EventStore, window: Window): Promise<Groups> {
  const { metric, aggregateBy } = asked;
  if (metric?.kind === 'distinct') return distinctOf(asked, metric, store, window);
  if (aggregateBy.length === 0) return ofAll(asked, store, window);
  const { buckets, truncated } = await allBuckets(store, {
    ...selectionOf(asked, window),
    ...metricAsked(metric),
    kind: 'composite',
    fields: aggregateBy.map(({ path }) => path),
    size: BUCKETS_MAX,
  });
  const groups = buckets.flatMap(({ key, count, metric: found }) => {
    const value = metric === null ? count : found;
    return value === null ? [] : [{ values: key, count, value }];
  });
  return { groups, truncated };
}

type Numeric = AlertMetric & { readonly kind: 'avg' | 'max' | 'min' | 'sum' };

const isNumeric = (metric: AlertMetric | null): metric is Numeric =>
  metric !== null && metric.kind !== 'distinct';

const metricAsked = (metric: AlertMetric | null): Pick<AggregateRequest, 'metric'> =>
  isNumeric(metric) ? { metric: { kind: metric.kind, field: metric.field.path } } : {};

/** Longer than any time that is asked for: all of it lies in one interval, or in two on both sides of the epoch. */
const WHOLE_MILLIS = 8_640_000_000_000_000;

async function ofAll(asked: Asked, store: EventStore, window: Window): Promise<Groups> {
  const selection = selectionOf(asked, window);
  const count = await store.count(selection);
  if (!isNumeric(asked.metric)) return { groups: [{ values: [], count, value: count }], truncated: false };
  const { buckets } = await store.aggregate({
    ...selection,
    ...metricAsked(asked.metric),
    kind: 'date_histogram',
    intervalMillis: WHOLE_MILLIS,
  });
  const value = buckets.find((bucket) => bucket.metric !== null)?.metric ?? null;
  return { groups: value === null ? [] : [{ values: [], count, value }], truncated: false };
}

/** Values of the field that each group has; a group without any is not there, one of all has none. */
async function distinctOf(
  asked: Asked,
  { field }: AlertMetric,
  store: EventStore,
  window: Window,
): Promise<Groups> {
  const { aggregateBy } = asked;
  const { buckets, truncated } = await allBuckets(store, {
    ...selectionOf(asked, window),
    kind: 'composite',
    fields: [...aggregateBy, field].map(({ path }) => path),
    size: BUCKETS_MAX,
  });
  const groups = new Map<string, Group>();
  if (aggregateBy.length === 0) groups.set('[]', { values: [], count: 0, value: 0 });
  for (const { key, count } of buckets) {
    const values = key.slice(0, aggregateBy.length);
    const before = groups.get(JSON.stringify(values));
    const sum = { count: count + (before?.count ?? 0), value: 1 + (before?.value ?? 0) };
    groups.set(JSON.stringify(values), { values, ...sum });
  }
  return { groups: [...groups.values()], truncated };
}

/** Page by page, up to a bound. */
export async function allBuckets(
  store: EventStore,
  request: Extract<AggregateRequest, { readonly kind: 'composite' }>,
): Promise<{ readonly buckets: readonly Bucket[]; readonly truncated: boolean }> {
  const buckets: Bucket[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.aggregate(cursor === null ? request : { ...request, cursor });
    buckets.push(...page.buckets);
    cursor = page.cursor;
  } while (cursor !== null && buckets.length < ALERT_LIMITS.bucketsMax);
  return { buckets, truncated: cursor !== null };
}
