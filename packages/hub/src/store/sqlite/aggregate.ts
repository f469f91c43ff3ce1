/** Aggregations: rows that are equal are counted as they are walked over, and what is left is put together as the contract says. */
import type { SQLOutputValue } from 'node:sqlite';
import { addressFromKey, addressKey } from '../../query/address.ts';
import type { Query, QueryField, QueryValue } from '../../query/tree.ts';
import { compareValues } from '../../query/values.ts';
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';
import type { AggregateRequest, Bucket, Buckets, Metric } from '../event-store.ts';
import { checkAggregate, checkBuckets, isKeyOf } from '../request.ts';
import type { Database } from './database.ts';
import { type FunctionHost, Functions } from './functions.ts';
import { facetIndex, fromSql, type Layout, layoutOf, listValues } from './layout.ts';
import { CANDIDATES_OF_ALL_MAX, FACET_PART_MIN, GROUPS_MAX } from './limits.ts';
import { conditionOf, sourceOf } from './reader.ts';
import { type RawGroup, rawGroup, Tally, tooManyGroups } from './tally.ts';
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

/** The metric's value of a row, or number, sum, least and greatest where a document may have several. */
function metricSql(layout: Layout, functions: Functions, field: QueryField | null): readonly Sql[] {
  if (field === null) return [];
  const column = layout.byPath.get(field.path);
  if (field.path === '@timestamp' || (column !== undefined && !column.field.many))
    return [{ text: column === undefined ? 'd.time' : `d.${column.name}`, values: [] }];
  const number = functions.field(field);
  return ['count', 'sum', 'min', 'max'].map((kind) => ({
    text: `sluice_metric('${kind}', ?, d.seq, ${bodyOf(layout)})`,
    values: [number],
  }));
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
    return this.#database.transaction('BEGIN', () => {
      const facet = this.#facet(layout, functions, request, parts);
      const rows = facet ?? this.#walked(functions, request, parts, metricSql(layout, functions, metric));
      return answer(request, fields, [...grouped(rows, parts).values()]);
    });
  }

  #walked(
    functions: Functions,
    request: AggregateRequest,
    parts: readonly KeyPart[],
    numbers: readonly Sql[],
  ): readonly RawGroup[] {
    const walk = { most: CANDIDATES_OF_ALL_MAX, byTime: false };
    const { from, where } = sourceOf(this.#database, functions, request, walk);
    const cells = [...parts.map(({ sql }) => sql), ...numbers];
    const statement = `SELECT count(sluice_tally(${cells.map(({ text }) => text).join(', ')})) FROM ${from} WHERE ${where.text}`;
    const tally = new Tally(parts.length);
    functions.tally = tally;
    this.#host.use(functions, () =>
      this.#database.prepare(statement).get(...cells.flatMap(({ values }) => values), ...where.values),
    );
    return tally.groups;
  }

  /** Null where no index has all that is asked, or the time is a small part of all: then fewer rows are walked by time. */
  #facet(
    layout: Layout,
    functions: Functions,
    request: AggregateRequest,
    parts: readonly KeyPart[],
  ): readonly RawGroup[] | null {
    const [part] = parts;
    if (request.kind !== 'terms' || request.metric !== undefined || part === undefined) return null;
    const facet = facetIndex(layout, request.field);
    if (facet === undefined || !pathsOf(request.query).every((path) => facet.covers.has(path))) return null;
    if (!this.#isMost(layout, request)) return null;
    const { where } = conditionOf(layout, functions, request);
    const statement = this.#database.prepare(
      `SELECT ${part.sql.text}, count(*) FROM ${layout.dataSet} d INDEXED BY ${facet.index} WHERE ${where.text} GROUP BY 1`,
    );
    statement.setReturnArrays(true);
    return this.#host.use(functions, () => {
      const groups: RawGroup[] = [];
      for (const row of statement.iterate(...where.values)) {
        const [cell = null, count] = row as unknown as readonly SQLOutputValue[];
        groups.push(rawGroup([cell], Number(count)));
        if (groups.length > GROUPS_MAX) throw tooManyGroups(groups.length);
      }
      return groups;
    });
  }

  /** Whether the time that is asked about is a good part of the time that the store has. */
  #isMost({ dataSet }: Layout, { from, to }: AggregateRequest): boolean {
    const end = (kind: 'min' | 'max'): number =>
      Number(this.#database.prepare(`SELECT ${kind}(time) AS time FROM ${dataSet}`).get()?.time);
    const [oldest, newest] = [end('min'), end('max')];
    const asked = Math.min(to ?? newest, newest) - Math.max(from ?? oldest, oldest);
    return asked >= (newest - oldest) * FACET_PART_MIN;
  }
}

/** Rows that have the same values of a key: a list of values is a key for each of them. */
function grouped(rows: readonly RawGroup[], parts: readonly KeyPart[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    for (const key of combinations(parts.map((part, index) => part.values(row.cells[index])))) {
      const name = JSON.stringify(key);
      const known = groups.get(name);
      if (known === undefined) groups.set(name, { ...row, key });
      else add(known, row);
    }
    if (groups.size > GROUPS_MAX) throw tooManyGroups(groups.size);
  }
  return groups;
}

/** Of all fields that a query asks about. */
function pathsOf(query: Query): readonly string[] {
  switch (query.kind) {
    case 'all':
      return [];
    case 'and':
    case 'or':
      return query.of.flatMap(pathsOf);
    case 'not':
      return pathsOf(query.of);
    case 'compare':
    case 'in':
      return [query.field.path];
  }
}

function add(group: Group, { count, numbers, sum, min, max }: RawGroup): void {
  group.count += count;
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
