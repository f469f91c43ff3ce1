/** Aggregations: SQL groups what is equal, and what is left is put together as the contract says. */
import type { SQLOutputValue } from 'node:sqlite';
import { HubError } from '../../errors.ts';
import { addressFromKey, addressKey } from '../../query/address.ts';
import type { QueryField, QueryValue } from '../../query/tree.ts';
import { compareValues } from '../../query/values.ts';
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';
import type { AggregateRequest, Bucket, Buckets, Metric } from '../event-store.ts';
import { checkAggregate, checkBuckets, isKeyOf } from '../request.ts';
import type { Database } from './database.ts';
import { type FunctionHost, Functions } from './functions.ts';
import { fromSql, type Layout, layoutOf, listValues } from './layout.ts';
import { CANDIDATES_OF_ALL_MAX, GROUPS_MAX } from './limits.ts';
import { sourceOf } from './reader.ts';
import { bodyOf, type Sql } from './translate.ts';

/** Values of one field in a group of documents that have the same. */
interface KeyPart {
  readonly sql: Sql;
  readonly values: (cell: SQLOutputValue | undefined) => readonly QueryValue[];
}

interface Group {
  readonly key: readonly QueryValue[];
  count: number;
  numbers: number;
  sum: number;
  min: number;
  max: number;
}

function keyPart(layout: Layout, functions: Functions, field: QueryField): KeyPart {
  const column = field.path === '@timestamp' ? undefined : layout.byPath.get(field.path);
  const isSingle = field.path === '@timestamp' || (column !== undefined && !column.field.many);
  if (isSingle) {
    return {
      sql: { text: column === undefined ? 'd.time' : `d.${column.name}`, values: [] },
      values: (cell) =>
        typeof cell === 'string' || typeof cell === 'number' ? [fromSql(cell, field.type)] : [],
    };
  }
  const values = (cell: SQLOutputValue | undefined): readonly QueryValue[] =>
    typeof cell === 'string' ? listValues(cell) : [];
  if (column !== undefined) return { sql: { text: `d.${column.name}`, values: [] }, values };
  const text = `sluice_list(?, d.seq, ${bodyOf(layout)})`;
  return { sql: { text, values: [functions.field(field)] }, values };
}

/** Beginnings of intervals, also of times before the epoch: SQL's remainder has the sign of what is divided. */
const histogramPart = (intervalMillis: number): KeyPart => ({
  sql: { text: 'd.time - ((d.time % ?) + ?) % ?', values: [intervalMillis, intervalMillis, intervalMillis] },
  values: (cell) => [Number(cell)],
});

/** Number, sum, least and greatest of the metric's values in a group. */
function metricSql(layout: Layout, functions: Functions, field: QueryField | null): Sql {
  if (field === null) return { text: '0, 0, 0, 0', values: [] };
  const column = layout.byPath.get(field.path);
  if (field.path === '@timestamp' || (column !== undefined && !column.field.many)) {
    const name = column === undefined ? 'd.time' : `d.${column.name}`;
    return { text: `count(${name}), total(${name}), min(${name}), max(${name})`, values: [] };
  }
  const of = (kind: string): string => `sluice_metric('${kind}', ?, d.seq, ${bodyOf(layout)})`;
  const number = functions.field(field);
  return {
    text: `total(${of('count')}), total(${of('sum')}), min(${of('min')}), max(${of('max')})`,
    values: [number, number, number, number],
  };
}

const combinations = (lists: readonly (readonly QueryValue[])[]): readonly (readonly QueryValue[])[] =>
  lists.reduce<readonly (readonly QueryValue[])[]>(
    (heads, list) => heads.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );

export class Aggregator {
  readonly #database: Database;
  readonly #host: FunctionHost;

  constructor(database: Database, host: FunctionHost) {
    this.#database = database;
    this.#host = host;
  }

  aggregate(request: AggregateRequest): Buckets {
    const { fields, metric } = checkAggregate(request);
    const functions = new Functions();
    const layout = layoutOf(request.dataSet);
    const parts =
      request.kind === 'date_histogram'
        ? [histogramPart(request.intervalMillis)]
        : fields.map((field) => keyPart(layout, functions, field));
    const numbers = metricSql(layout, functions, metric);
    return this.#database.transaction('BEGIN', () => {
      const { from, where } = sourceOf(this.#database, functions, request, CANDIDATES_OF_ALL_MAX);
      const keys = parts.map(({ sql }) => sql.text).join(', ');
      const places = parts.map((_, index) => index + 1).join(', ');
      const statement = `SELECT ${keys}, count(*), ${numbers.text} FROM ${from} WHERE ${where.text} GROUP BY ${places}`;
      const values = [...parts.flatMap(({ sql }) => sql.values), ...numbers.values, ...where.values];
      const groups = this.#host.use(functions, () => this.#groups(statement, values, parts));
      return answer(request, fields, [...groups.values()]);
    });
  }

  #groups(text: string, values: readonly (string | number)[], parts: readonly KeyPart[]): Map<string, Group> {
    const groups = new Map<string, Group>();
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    for (const row of statement.iterate(...values)) {
      const cells = row as unknown as readonly SQLOutputValue[];
      const [count = 0, ...metrics] = cells.slice(parts.length).map(Number);
      for (const key of combinations(parts.map((part, index) => part.values(cells[index])))) {
        const name = JSON.stringify(key);
        const known = groups.get(name);
        const group = known ?? { key, count: 0, numbers: 0, sum: 0, min: Infinity, max: -Infinity };
        if (known === undefined) groups.set(name, group);
        add(group, count, metrics);
      }
      if (groups.size > GROUPS_MAX) {
        const what = 'the number of groups';
        throw new HubError('QUERY_SIZE', { what, given: groups.size, allowed: `at most ${GROUPS_MAX}` });
      }
    }
    return groups;
  }
}

function add(group: Group, count: number, [numbers = 0, sum = 0, min = 0, max = 0]: readonly number[]): void {
  group.count += count;
  if (numbers === 0) return;
  group.numbers += numbers;
  group.sum += sum;
  group.min = Math.min(group.min, min);
  group.max = Math.max(group.max, max);
}

function metricValue(kind: Metric | undefined, { numbers, sum, min, max }: Group): number | null {
  if (kind === undefined || numbers === 0) return null;
  if (kind === 'avg') return sum / numbers;
  return kind === 'sum' ? sum : kind === 'min' ? min : max;
}

/** In the order of their values: addresses by their bytes, which is what columns hold. */
function compareKeys(a: readonly QueryValue[], b: readonly QueryValue[]): number {
  for (const [index, value] of a.entries()) {
    const order = compareValues(value, b[index] ?? value);
    if (order !== 0) return order;
  }
  return 0;
}

const shown = (value: QueryValue, { type }: QueryField): QueryValue =>
  type === 'ip' ? addressFromKey(String(value)) : value;

function answer(request: AggregateRequest, fields: readonly QueryField[], groups: readonly Group[]): Buckets {
  const kind = request.metric?.kind;
  const bucket = (group: Group): Bucket => ({
    key: group.key.map((value, index) => shown(value, fields[index] ?? { path: '', type: 'keyword' })),
    count: group.count,
    metric: metricValue(kind, group),
  });
  const sorted = groups.toSorted((a, b) => compareKeys(a.key, b.key));
  switch (request.kind) {
    case 'terms': {
      const common = sorted.toSorted((a, b) => b.count - a.count || compareKeys(a.key, b.key));
      return { buckets: common.slice(0, request.size).map(bucket), cursor: null };
    }
    case 'composite': {
      const after = request.cursor === undefined ? undefined : placeOf(request.cursor, fields);
      const rest = after === undefined ? sorted : sorted.filter(({ key }) => compareKeys(key, after) > 0);
      const buckets = rest.slice(0, request.size).map(bucket);
      const last = buckets.at(-1);
      const more = last !== undefined && rest.length > buckets.length;
      return { buckets, cursor: more ? encodeCursor(last.key) : null };
    }
    case 'date_histogram':
      return { buckets: filled(sorted.map(bucket), request.intervalMillis), cursor: null };
  }
}

function placeOf(cursor: string, fields: readonly QueryField[]): readonly QueryValue[] {
  const fits = (keys: readonly CursorKey[]): boolean =>
    keys.length === fields.length && fields.every(({ type }, index) => isKeyOf(type, keys[index] ?? null));
  return decodeCursor(cursor, fits).map((key, index) => {
    const value = key ?? '';
    return fields[index]?.type === 'ip' ? (addressKey(String(value)) ?? '') : value;
  });
}

/** Empty buckets between full ones. */
function filled(buckets: readonly Bucket[], intervalMillis: number): readonly Bucket[] {
  const first = buckets[0]?.key[0];
  const last = buckets.at(-1)?.key[0];
  if (typeof first !== 'number' || typeof last !== 'number') return [];
  checkBuckets(first, last, intervalMillis);
  const byTime = new Map(buckets.map((bucket) => [bucket.key[0], bucket]));
  const all: Bucket[] = [];
  for (let at = first; at <= last; at += intervalMillis) {
    all.push(byTime.get(at) ?? { key: [at], count: 0, metric: null });
  }
  return all;
}
