/** Answers questions, in the reader's thread. */
import type { SQLOutputValue } from 'node:sqlite';
import { DATA_SETS, type DataSet } from '@sluice/spool';
import { HubError } from '../../errors.ts';
import type { QueryField } from '../../query/tree.ts';
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ArrivalsRequest, SearchRequest, Selection, Sort, StoreStats } from '../event-store.ts';
import { checkSearch, checkSelection } from '../request.ts';
import { fewCandidates } from './candidates.ts';
import type { Database } from './database.ts';
import { type FunctionHost, Functions, isNumeric } from './functions.ts';
import { type Layout, layoutOf } from './layout.ts';
import { CANDIDATES_MAX, CANDIDATES_OF_ALL_MAX } from './limits.ts';
import type { Calls, EncodedDocument } from './protocol.ts';
import { allOf, bodyOf, type Sql, Translator } from './translate.ts';

/** Where documents come from, and under which condition. */
export interface Source {
  readonly from: string;
  readonly where: Sql;
}

/** What a row has to be, wherever it comes from. */
export function conditionOf(
  layout: Layout,
  functions: Functions,
  { query, from, to }: Selection,
): { readonly where: Sql } {
  const times: Sql[] = [];
  if (from !== undefined) times.push({ text: 'd.time >= ?', values: [from] });
  if (to !== undefined) times.push({ text: 'd.time < ?', values: [to] });
  return { where: allOf([...times, new Translator(layout, functions).translate(query)]) };
}

interface Walk {
  /** So many candidates are worth fetching one by one. */
  readonly most: number;
  /** Only the first by time are needed. */
  readonly byTime: boolean;
}

export function sourceOf(
  database: Database,
  functions: Functions,
  selection: Selection,
  { most, byTime }: Walk,
): Source {
  const { dataSet, query, from, to } = selection;
  const layout = layoutOf(dataSet);
  const { where } = conditionOf(layout, functions, selection);
  const few = fewCandidates(database, layout, query, most);
  // Indexes of facets are for lists of values alone: the planner would take one for a condition that nearly all rows meet.
  const walked =
    byTime || from !== undefined || to !== undefined ? `INDEXED BY ${dataSet}_time` : 'NOT INDEXED';
  if (few === undefined) return { from: `${dataSet} d ${walked}`, where };
  const chosen: Sql = { text: `d.seq IN (${few.text})`, values: few.values };
  return { from: `${dataSet} d NOT INDEXED`, where: allOf([chosen, where]) };
}

interface Key {
  readonly expression: Sql;
  readonly fits: (key: CursorKey) => boolean;
}

export class Reader {
  readonly #database: Database;
  readonly #host: FunctionHost;

  constructor(database: Database, host: FunctionHost) {
    this.#database = database;
    this.#host = host;
  }

  #all(functions: Functions, sql: Sql): readonly Readonly<Record<string, SQLOutputValue>>[] {
    const { text, values } = sql;
    return this.#host.use(functions, () => this.#database.prepare(text).all(...values));
  }

  search(request: SearchRequest): Calls['search']['answered'] {
    const sort = checkSearch(request);
    const functions = new Functions();
    const layout = layoutOf(request.dataSet);
    const key = keyOf(layout, functions, sort.field, sort.order);
    const after =
      request.cursor === undefined ? undefined : decodeCursor(request.cursor, (keys) => fitsPlace(keys, key));
    // One view of the store for the rows and their documents.
    return this.#database.transaction('BEGIN', () => {
      const byTime = sort.field.path === '@timestamp';
      const most = byTime ? CANDIDATES_MAX : CANDIDATES_OF_ALL_MAX;
      const source = sourceOf(this.#database, functions, request, { most, byTime });
      const rows = this.#all(
        functions,
        pageStatement(source, key.expression, { after, order: sort.order, size: request.size }),
      );
      const page = rows.slice(0, request.size);
      const body = this.#database.prepare(`SELECT body FROM ${request.dataSet}_body WHERE seq = ?`);
      const documents = page.map(
        ({ seq, id }): EncodedDocument => ({ id: String(id), body: String(body.get(Number(seq))?.body) }),
      );
      const last = page.at(-1);
      const more = last !== undefined && rows.length > page.length;
      return { documents, cursor: more ? encodeCursor([cursorKey(last.k), String(last.id)]) : null };
    });
  }

  /** By `seq`, which is given in the order of commits and never twice: {@link Writer}. */
  arrivals(request: ArrivalsRequest): Calls['arrivals']['answered'] {
    checkSelection(request);
    const { dataSet, after, size } = request;
    const from = after === null ? null : placeOf(after);
    const functions = new Functions();
    return this.#database.transaction('BEGIN', () => {
      const newest = Number(this.#database.prepare(`SELECT max(seq) AS seq FROM ${dataSet}`).get()?.seq ?? 0);
      if (from === null || from >= newest)
        return { documents: [], place: String(from ?? newest), more: false };
      const { where } = conditionOf(layoutOf(dataSet), functions, request);
      const rows = this.#all(functions, {
        text: `SELECT d.seq, d.id, b.body FROM ${dataSet} d NOT INDEXED JOIN ${dataSet}_body b ON b.seq = d.seq
          WHERE d.seq > ? AND ${where.text} ORDER BY d.seq LIMIT ?`,
        values: [from, ...where.values, size],
      });
      const documents = rows.map(({ id, body }) => ({ id: String(id), body: String(body) }));
      const last = rows.length < size ? newest : Number(rows.at(-1)?.seq);
      return { documents, place: String(last), more: last < newest };
    });
  }

  count(selection: Selection): number {
    checkSelection(selection);
    const functions = new Functions();
    return this.#database.transaction('BEGIN', () => {
      const walk = { most: CANDIDATES_OF_ALL_MAX, byTime: false };
      const { from, where } = sourceOf(this.#database, functions, selection, walk);
      const [row] = this.#all(functions, {
        text: `SELECT count(*) AS n FROM ${from} WHERE ${where.text}`,
        values: where.values,
      });
      return Number(row?.n);
    });
  }

  get({ dataSet, id }: Calls['get']['asked']): EncodedDocument | null {
    const statement = `SELECT b.body FROM ${dataSet} d JOIN ${dataSet}_body b ON b.seq = d.seq WHERE d.id = ?`;
    const row = this.#database.prepare(statement).get(id);
    return row === undefined ? null : { id, body: String(row.body) };
  }

  stats(): StoreStats {
    return this.#database.transaction('BEGIN', () => {
      const ends = DATA_SETS.map((dataSet) => {
        const count = this.#database.prepare(`SELECT count(*) AS n FROM ${dataSet}`).get();
        const times = this.#database.prepare(`SELECT min(time) AS low FROM ${dataSet}`).get();
        const latest = this.#database.prepare(`SELECT max(time) AS high FROM ${dataSet}`).get();
        return { dataSet, count: Number(count?.n), low: times?.low ?? null, high: latest?.high ?? null };
      });
      const documents = Object.fromEntries(ends.map(({ dataSet, count }) => [dataSet, count])) as Record<
        DataSet,
        number
      >;
      const lows = ends.flatMap(({ low }) => (low === null ? [] : [Number(low)]));
      const highs = ends.flatMap(({ high }) => (high === null ? [] : [Number(high)]));
      return {
        documents,
        bytes: this.#database.usedBytes(),
        oldest: lows.length === 0 ? null : Math.min(...lows),
        newest: highs.length === 0 ? null : Math.max(...highs),
      };
    });
  }
}

/** @throws HubError QUERY_CURSOR */
function placeOf(place: string): number {
  if (/^\d{1,15}$/.test(place)) return Number(place);
  throw new HubError('QUERY_CURSOR');
}

const cursorKey = (value: SQLOutputValue | undefined): CursorKey =>
  typeof value === 'string' || typeof value === 'number' ? value : null;

function fitsPlace([key = null, id, ...more]: readonly CursorKey[], { fits }: Key): boolean {
  return typeof id === 'string' && more.length === 0 && (key === null || fits(key));
}

/** What documents are sorted by, as SQL has it: a column, or what a function reads from the document. */
function keyOf(layout: Layout, functions: Functions, field: QueryField, order: Sort['order']): Key {
  const fits = (key: CursorKey): boolean => typeof key === (isNumeric(field.type) ? 'number' : 'string');
  if (field.path === '@timestamp') return { expression: { text: 'd.time', values: [] }, fits };
  const column = layout.byPath.get(field.path);
  if (column !== undefined && !column.field.many)
    return { expression: { text: `d.${column.name}`, values: [] }, fits };
  const text = `sluice_sort(?, ?, d.seq, ${bodyOf(layout)})`;
  return { expression: { text, values: [order, functions.field(field)] }, fits };
}

interface PageOptions {
  readonly after: readonly CursorKey[] | undefined;
  readonly order: Sort['order'];
  readonly size: number;
}

/** One row more than the page has, to know whether there is another. */
function pageStatement({ from, where }: Source, key: Sql, { after, order, size }: PageOptions): Sql {
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const isTime = key.text === 'd.time';
  const behind = after === undefined ? { text: '1', values: [] } : behindCursor(after, order, isTime);
  if (isTime) {
    return {
      text: `SELECT d.seq, d.id, d.time AS k FROM ${from} WHERE ${where.text} AND ${behind.text} ORDER BY d.time ${direction}, d.id LIMIT ?`,
      values: [...where.values, ...behind.values, size + 1],
    };
  }
  return {
    text: `SELECT seq, id, k FROM (SELECT d.seq, d.id, ${key.text} AS k FROM ${from} WHERE ${where.text}) WHERE ${behind.text} ORDER BY k IS NULL, k ${direction}, id LIMIT ?`,
    values: [...key.values, ...where.values, ...behind.values, size + 1],
  };
}

function behindCursor([key = null, id]: readonly CursorKey[], order: Sort['order'], isTime: boolean): Sql {
  const name = isTime ? 'd.time' : 'k';
  const idName = isTime ? 'd.id' : 'id';
  const place = String(id);
  if (key === null) return { text: `(${name} IS NULL AND ${idName} > ?)`, values: [place] };
  const value = typeof key === 'boolean' ? Number(key) : key;
  const sign = order === 'asc' ? '>' : '<';
  if (isTime) {
    // The first half says nothing new; by it the index is entered at the place.
    return {
      text: `(${name} ${sign}= ? AND (${name} ${sign} ? OR ${idName} > ?))`,
      values: [value, value, place],
    };
  }
  return {
    text: `(${name} ${sign} ? OR (${name} = ? AND ${idName} > ?) OR ${name} IS NULL)`,
    values: [value, value, place],
  };
}
