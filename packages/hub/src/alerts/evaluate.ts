/** What an alert finds in the store, at a time. */
import type { Document } from '@sluice/spool';
import type { Query, QueryField, QueryValue } from '../query/tree.ts';
import { jsonAt } from '../query/values.ts';
import type { Bucket, EventStore, Selection } from '../store/event-store.ts';
import type { AlertCondition, AlertDefinition } from './definition.ts';
import { ALERT_LIMITS } from './limits.ts';

type Value = string | number | boolean;

/** One thing that the alert is about. */
export interface Finding {
  /** Tells it from others of the same alert: values by field. */
  readonly key: Readonly<Record<string, Value>>;
  /** Documents, in the time that was looked at. */
  readonly count: number;
  /** The metric's; the count where there is none. */
  readonly value: number;
  /** What its documents have in common, for asking for them again. */
  readonly query: Query;
  /** The newest of them; null where none is needed for it to be found. */
  readonly sample: { readonly id: string; readonly document: Document } | null;
}

export interface Findings {
  readonly findings: readonly Finding[];
  /** There were more keys than are told apart. */
  readonly truncated: boolean;
}

/** Milliseconds since the epoch; `to` is not included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const HOLDS: Readonly<Record<AlertCondition, (value: number, threshold: number) => boolean>> = {
  eq: (value, threshold) => value === threshold,
  not_eq: (value, threshold) => value !== threshold,
  gt: (value, threshold) => value > threshold,
  gte: (value, threshold) => value >= threshold,
  lt: (value, threshold) => value < threshold,
  lte: (value, threshold) => value <= threshold,
};

/** @throws HubError STORE_UNAVAILABLE, STORE_REFUSED, QUERY_TIMEOUT */
export async function evaluate(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
): Promise<Findings> {
  const { aggregateBy, hasMetric } = definition;
  if (aggregateBy.length > 0) return byFields(definition, store, window, aggregateBy);
  return hasMetric ? ofAll(definition, store, window) : byWorkload(definition, store, window);
}

const holds = ({ condition }: AlertDefinition, value: number): boolean =>
  condition === null || HOLDS[condition.kind](value, condition.threshold);

const selection = ({ dataSet }: AlertDefinition, { from, to }: Window, query: Query): Selection => ({
  dataSet,
  query,
  from,
  to,
});

/** A metric over everything: it may hold where there is nothing, `count lt 1`. */
async function ofAll(definition: AlertDefinition, store: EventStore, window: Window): Promise<Findings> {
  const { query, metric } = definition;
  const selected = selection(definition, window, query);
  const count = await store.count(selected);
  const value = metric === null ? count : await metricOf(definition, store, selected);
  if (value === null || !holds(definition, value)) return { findings: [], truncated: false };
  return {
    findings: [await finding(definition, store, window, { key: {}, count, value, query })],
    truncated: false,
  };
}

/** Longer than any time that is asked for: all of it lies in one interval, or two around the epoch's multiples. */
const WHOLE_MILLIS = 8_640_000_000_000_000;

async function metricOf(
  { metric }: AlertDefinition,
  store: EventStore,
  selected: Selection,
): Promise<number | null> {
  if (metric === null) return null;
  const { buckets } = await store.aggregate({
    ...selected,
    kind: 'date_histogram',
    intervalMillis: WHOLE_MILLIS,
    metric: { kind: metric.kind, field: metric.field.path },
  });
  return buckets.find((bucket) => bucket.metric !== null)?.metric ?? null;
}

/** One for each combination of values that documents have; those that lack one of the fields are in none. */
async function byFields(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  fields: readonly QueryField[],
): Promise<Findings> {
  const { query, metric, condition } = definition;
  const { buckets, truncated } = await combinations(definition, store, window, fields);
  const findings: Finding[] = [];
  for (const bucket of buckets) {
    const value = metric === null ? bucket.count : bucket.metric;
    if (value === null || (condition !== null && !holds(definition, value))) continue;
    const found = { key: keyOf(fields, bucket), count: bucket.count, value };
    const narrowed: Query = { kind: 'and', of: [query, ...equalities(fields, bucket)] };
    findings.push(await finding(definition, store, window, { ...found, query: narrowed }));
  }
  return { findings, truncated };
}

async function combinations(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  fields: readonly QueryField[],
): Promise<{ readonly buckets: readonly Bucket[]; readonly truncated: boolean }> {
  const { query, metric } = definition;
  const request = {
    ...selection(definition, window, query),
    kind: 'composite' as const,
    fields: fields.map(({ path }) => path),
    size: ALERT_LIMITS.findingsMax,
    ...(metric === null ? {} : { metric: { kind: metric.kind, field: metric.field.path } }),
  };
  const { buckets, cursor } = await store.aggregate(request);
  return { buckets, truncated: cursor !== null };
}

const keyOf = (fields: readonly QueryField[], { key }: Bucket): Record<string, Value> =>
  Object.fromEntries(fields.map(({ path }, index) => [path, key[index] ?? '']));

const equalities = (fields: readonly QueryField[], { key }: Bucket): readonly Query[] =>
  fields.map((field, index) => ({ kind: 'compare', field, operator: '=', value: key[index] as QueryValue }));

const keyword = (path: string): QueryField => ({ path, type: 'keyword' });

const workloadFields = ({ dataSet }: AlertDefinition): readonly QueryField[] => [
  keyword(`${dataSet}.destination.namespace`),
  keyword(`${dataSet}.destination.owner`),
];

/** Rows: the condition is asked of their number; one finding for each workload that they were for, and one for those for none. */
async function byWorkload(definition: AlertDefinition, store: EventStore, window: Window): Promise<Findings> {
  const { query } = definition;
  const total = await store.count(selection(definition, window, query));
  const isFound = definition.condition === null ? total > 0 : holds(definition, total);
  if (!isFound) return { findings: [], truncated: false };
  const fields = workloadFields(definition);
  const { buckets, truncated } = await combinations({ ...definition, metric: null }, store, window, fields);
  const findings: Finding[] = [];
  for (const bucket of buckets) {
    const narrowed: Query = { kind: 'and', of: [query, ...equalities(fields, bucket)] };
    const found = { key: keyOf(fields, bucket), count: bucket.count, value: bucket.count, query: narrowed };
    findings.push(await finding(definition, store, window, found));
  }
  const rest = await withoutWorkload(definition, store, window, fields);
  // Nothing at all was enough for it, `lt 1`: then it is about nobody.
  if (rest !== null || total === 0) {
    const none = { key: {}, count: 0, value: total, query };
    findings.push(rest ?? (await finding(definition, store, window, none)));
  }
  return { findings, truncated };
}

async function withoutWorkload(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  fields: readonly QueryField[],
): Promise<Finding | null> {
  const lacks: Query = { kind: 'not', of: { kind: 'and', of: fields.map(isThere) } };
  const query: Query = { kind: 'and', of: [definition.query, lacks] };
  const count = await store.count(selection(definition, window, query));
  if (count === 0) return null;
  return finding(definition, store, window, { key: {}, count, value: count, query });
}

const isThere = (field: QueryField): Query => ({ kind: 'in', field, patterns: [[{ kind: 'any' }]] });

async function finding(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  found: Omit<Finding, 'sample'>,
): Promise<Finding> {
  const { documents } = await store.search({ ...selection(definition, window, found.query), size: 1 });
  return { ...found, sample: documents[0] ?? null };
}

/** A value of a document for people: the first one where there are several. */
export function textAt(document: Document, path: string): string | null {
  const [first] = jsonAt(document, path);
  return first === undefined || first === null || typeof first === 'object' ? null : String(first);
}
