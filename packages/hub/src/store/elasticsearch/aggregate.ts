/** Documents in groups. */
import type { estypes } from '@elastic/elasticsearch';
import { canonicalAddress } from '../../query/address.ts';
import { isoMillis } from '../../query/date.ts';
import type { QueryField, QueryValue } from '../../query/tree.ts';
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';
import type { AggregateRequest, Bucket, Buckets } from '../event-store.ts';
import { type CheckedAggregate, checkAggregate, checkBuckets, isKeyOf } from '../request.ts';
import type { StreamSource } from './connection.ts';
import { selectionDsl } from './query-dsl.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

type Aggregation = estypes.AggregationsAggregationContainer;

/** Values of a shard among which the most frequent are sought; all of them, where that is not exact. */
const SHARD_VALUES = 1_000;
const SHARD_VALUES_MAX = 65_535;

interface Question extends StreamSource {
  readonly request: AggregateRequest;
  readonly checked: CheckedAggregate;
}

/** @throws HubError */
export async function aggregate(source: StreamSource, request: AggregateRequest): Promise<Buckets> {
  const question = { ...source, request, checked: checkAggregate(request) };
  switch (request.kind) {
    case 'terms':
      return { buckets: await terms(question, request.size), cursor: null };
    case 'composite':
      return composite(question, request.size, request.cursor);
    case 'date_histogram':
      return { buckets: await histogram(question, request.intervalMillis), cursor: null };
  }
}

/** What Elasticsearch says of one aggregation; undefined where there is no index yet. */
async function answerTo(question: Question, aggregations: Record<string, Aggregation>): Promise<unknown> {
  const { connection, stream, request } = question;
  const answer = await connection.ask((client) =>
    client.search({
      ...WHOLE_ANSWER,
      index: stream,
      size: 0,
      track_total_hits: false,
      query: selectionDsl(request),
      aggregations,
    }),
  );
  return answer.aggregations;
}

/** One that groups, with the metric in each group. */
async function groupsOf(question: Question, aggregation: Aggregation): Promise<unknown> {
  const { metric } = question.checked;
  const inner = metric === null ? {} : { aggregations: { metric: { stats: { field: metric.path } } } };
  const answer = await answerTo(question, { groups: { ...aggregation, ...inner } });
  return Object(answer).groups;
}

function bucketsIn(groups: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { buckets } = Object(groups);
  return Array.isArray(buckets) ? buckets : [];
}

/** Null where no document of the bucket has a value. */
function metricOf({ request }: Question, bucket: Readonly<Record<string, unknown>>): number | null {
  const stats = Object(bucket.metric);
  if (request.metric === undefined || !(Number(stats.count) > 0)) return null;
  return Number(stats[request.metric.kind]);
}

const bucketOf = (
  question: Question,
  bucket: Readonly<Record<string, unknown>>,
  key: readonly QueryValue[],
): Bucket => ({ key, count: Number(bucket.doc_count), metric: metricOf(question, bucket) });

/** A key as buckets show it: Elasticsearch writes some types in forms of its own. */
function keyOf({ type }: QueryField, key: unknown): QueryValue {
  switch (type) {
    case 'boolean':
      return key === true || key === 1;
    case 'date':
      return typeof key === 'number' ? key : (isoMillis(String(key)) ?? 0);
    case 'long':
      return Number(key);
    case 'ip':
      return canonicalAddress(String(key)) ?? '';
    case 'keyword':
      return String(key);
  }
}

async function terms(question: Question, size: number): Promise<readonly Bucket[]> {
  const [field] = question.checked.fields;
  if (field === undefined) return [];
  const ask = (shardSize: number): Promise<unknown> =>
    groupsOf(question, {
      terms: { field: field.path, size, shard_size: shardSize, order: [{ _count: 'desc' }, { _key: 'asc' }] },
    });
  let groups = await ask(Math.max(size, SHARD_VALUES));
  if (Number(Object(groups).doc_count_error_upper_bound) > 0) groups = await ask(SHARD_VALUES_MAX);
  return bucketsIn(groups).map((bucket) => bucketOf(question, bucket, [keyOf(field, bucket.key)]));
}

async function composite(question: Question, size: number, cursor: string | undefined): Promise<Buckets> {
  const { fields } = question.checked;
  const after = cursor === undefined ? undefined : keysOf(cursor, fields);
  const groups = await groupsOf(question, {
    composite: {
      size: size + 1,
      sources: fields.map(({ path }, at) => ({ [`${at}`]: { terms: { field: path } } })),
      ...(after === undefined ? {} : { after: afterOf(fields, after) }),
    },
  });
  const found = bucketsIn(groups).map((bucket) => {
    const keys = Object(bucket.key);
    return bucketOf(
      question,
      bucket,
      fields.map((field, at) => keyOf(field, keys[`${at}`])),
    );
  });
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    buckets: page,
    cursor: last === undefined || found.length <= size ? null : encodeCursor(last.key),
  };
}

/** @throws HubError QUERY_CURSOR */
function keysOf(cursor: string, fields: readonly QueryField[]): readonly CursorKey[] {
  const fits = (keys: readonly CursorKey[]): boolean =>
    keys.length === fields.length && fields.every(({ type }, at) => isKeyOf(type, keys[at] ?? null));
  return decodeCursor(cursor, fits);
}

const afterOf = (
  fields: readonly QueryField[],
  keys: readonly CursorKey[],
): Record<string, estypes.FieldValue> =>
  Object.fromEntries(fields.map((_, at): [string, estypes.FieldValue] => [`${at}`, keys[at] ?? null]));

/** Bounded before it is asked for: the server has a bound of its own, with an error of its own. */
async function histogram(question: Question, intervalMillis: number): Promise<readonly Bucket[]> {
  const field = '@timestamp';
  const { times } = Object(await answerTo(question, { times: { stats: { field } } }));
  const { count, min, max } = Object(times);
  if (!(Number(count) > 0)) return [];
  const beginning = (at: unknown): number => Math.floor(Number(at) / intervalMillis) * intervalMillis;
  checkBuckets(beginning(min), beginning(max), intervalMillis);
  const groups = await groupsOf(question, {
    date_histogram: { field, fixed_interval: `${intervalMillis}ms`, min_doc_count: 0 },
  });
  return bucketsIn(groups).map((bucket) => bucketOf(question, bucket, [Number(bucket.key)]));
}
