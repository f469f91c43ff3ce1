/**
 * How documents lie in SQLite. A data set has three tables: documents whole, as JSON; a narrow one with the values that people ask
 * about, which is scanned at some 10 million rows a second; and an inverted index of terms (FTS5, no text kept) over values that single a
 * few documents out. What is in neither is read from the JSON, document by document.
 *
 * All names here are of the code. Nothing that a client sent is part of a statement's text.
 */
import type { DataSet, Field, FieldType } from '@sluice/spool';
import { findField } from '../../query/fields.ts';
import { schemaOf } from '../schemas.ts';

export interface Column {
  readonly name: string;
  readonly field: Field;
}

export interface Layout {
  readonly dataSet: DataSet;
  /** Of single values: the value. Of lists: their distinct values as JSON, each on a line of its own ({@link listText}). */
  readonly columns: readonly Column[];
  readonly byPath: ReadonlyMap<string, Column>;
  /** Fields whose values are terms, and under which name: fields that hold the same share one. */
  readonly terms: ReadonlyMap<string, string>;
  /** What becomes of a field's values. */
  readonly uses: ReadonlyMap<string, FieldUse>;
}

export interface FieldUse {
  /** Its place among the columns; undefined where it has none. */
  readonly column: number | undefined;
  readonly term: string | undefined;
  readonly windowed: boolean;
}

const COLUMNS: Readonly<Record<DataSet, readonly string[]>> = {
  waf: [
    'event.action',
    'event.outcome',
    'event.severity',
    'event.type',
    'http.request.id',
    'http.request.method',
    'http.response.status_code',
    'url.domain',
    'url.path',
    'source.ip',
    'destination.ip',
    'destination.port',
    'observer.hostname',
    'rule.id',
    'waf.policy',
    'waf.mode',
    'waf.would_block',
    'waf.status',
    'waf.cause',
    'waf.sample',
    'waf.latency_us',
    'waf.rules.id',
    'waf.source.namespace',
    'waf.source.owner',
    'waf.destination.namespace',
    'waf.destination.owner',
    'waf.destination.service',
    'host',
  ],
  l7: [
    'source.ip',
    'destination.ip',
    'destination.port',
    'http.request.method',
    'http.response.status_code',
    'observer.hostname',
    'l7.policy',
    'l7.route',
    'l7.template',
    'l7.status_class',
    'l7.source.namespace',
    'l7.source.owner',
    'l7.destination.namespace',
    'l7.destination.owner',
    'l7.count',
    'l7.blocked',
    'l7.would_block',
    'l7.uninspectable',
    'l7.request_bytes',
    'l7.response_bytes',
    'l7.latency_us.sum',
    'l7.latency_us.max',
  ],
  alert: [
    'event.severity',
    'source.ip',
    'alert.name',
    'alert.state',
    'alert.owner',
    'alert.count',
    'alert.source.namespace',
    'alert.source.owner',
    'alert.destination.namespace',
    'alert.destination.owner',
  ],
};

const TERMS: Readonly<Record<DataSet, Readonly<Record<string, string>>>> = {
  waf: {
    'event.action': 'action',
    'http.request.id': 'request',
    request_id: 'request',
    'url.path': 'path',
    'source.ip': 'source',
    'waf.policy': 'policy',
    'waf.cause': 'cause',
    'waf.rules.id': 'rule',
    'rules.id': 'rule',
    'waf.destination.owner': 'destination',
  },
  l7: {
    'source.ip': 'source',
    'l7.policy': 'policy',
    'l7.template': 'path',
    'l7.destination.owner': 'destination',
  },
  alert: { 'source.ip': 'source', 'alert.name': 'rule', 'alert.destination.owner': 'destination' },
};

/** Digits of six in a row are terms of this field, under the name of rules' ids, which they mostly are. */
export const WINDOWED = { path: 'rule_info', name: 'rule' };

function layoutFor(dataSet: DataSet): Layout {
  const columns = COLUMNS[dataSet].flatMap((path): readonly Column[] => {
    const field = findField(schemaOf(dataSet), path);
    return field === undefined ? [] : [{ name: `f_${path.replace(/\W/g, '_')}`, field }];
  });
  const byPath = new Map(columns.map((column) => [column.field.path, column]));
  const terms = new Map(Object.entries(TERMS[dataSet]));
  const use = (path: string): FieldUse => {
    const column = byPath.get(path);
    return {
      column: column === undefined ? undefined : columns.indexOf(column),
      term: terms.get(path),
      windowed: path === WINDOWED.path,
    };
  };
  const used = new Set([...byPath.keys(), ...terms.keys(), WINDOWED.path]);
  return { dataSet, columns, byPath, terms, uses: new Map([...used].map((path) => [path, use(path)])) };
}

const LAYOUTS: Readonly<Record<DataSet, Layout>> = {
  waf: layoutFor('waf'),
  l7: layoutFor('l7'),
  alert: layoutFor('alert'),
};

export const layoutOf = (dataSet: DataSet): Layout => LAYOUTS[dataSet];

/**
 * What is counted over time: the index by time has it, so that rows, which are ten times as long, stay unread. New documents come to its end,
 * where that costs next to nothing.
 */
const OVER_TIME: Readonly<Record<DataSet, readonly string[]>> = {
  waf: [
    'event.type',
    'event.action',
    'waf.would_block',
    'waf.mode',
    'waf.policy',
    'waf.latency_us',
    'waf.destination.namespace',
  ],
  l7: ['l7.count', 'l7.destination.namespace'],
  alert: [],
};

const timeIndex = ({ dataSet, byPath }: Layout): string => {
  const columns = OVER_TIME[dataSet].flatMap((path) => byPath.get(path)?.name ?? []);
  return `CREATE INDEX ${dataSet}_time ON ${dataSet}(${['time', ...columns].join(', ')})`;
};

/**
 * Lists of frequent values that people look at again and again: an index has the value first, so that equal ones lie together and none is
 * sorted, then what such questions narrow by. One that narrows by more is answered from the rows.
 */
const FACETS: Readonly<Record<DataSet, readonly string[]>> = {
  waf: ['waf.rules.id', 'waf.destination.owner', 'source.ip', 'url.path', 'waf.policy'],
  l7: [],
  alert: [],
};

const FACETS_NARROW: Readonly<Record<DataSet, readonly string[]>> = {
  waf: ['waf.destination.namespace'],
  l7: [],
  alert: [],
};

export interface FacetIndex {
  readonly index: string;
  /** Paths that the index holds: of questions about others it is no help. */
  readonly covers: ReadonlySet<string>;
}

/** The index for a list of frequent values of a field; undefined where there is none. */
export function facetIndex({ dataSet, byPath }: Layout, path: string): FacetIndex | undefined {
  const column = byPath.get(path);
  if (column === undefined || !FACETS[dataSet].includes(path)) return undefined;
  return {
    index: `${dataSet}_by_${column.name}`,
    covers: new Set([path, '@timestamp', ...FACETS_NARROW[dataSet]]),
  };
}

function facetStatements(layout: Layout): readonly string[] {
  const { dataSet, byPath } = layout;
  const narrow = FACETS_NARROW[dataSet].flatMap((path) => byPath.get(path)?.name ?? []);
  return FACETS[dataSet].flatMap((path) => {
    const index = facetIndex(layout, path)?.index;
    const columns = [byPath.get(path)?.name, 'time', ...narrow].join(', ');
    return index === undefined ? [] : [`CREATE INDEX ${index} ON ${dataSet}(${columns})`];
  });
}

/** `event.type` was in documents only. Of all rows at once, or of those that a WHERE behind it names. */
export const TYPES_OF_ROWS = `UPDATE waf SET f_event_type = (SELECT char(10) || group_concat(json_quote(v.value), char(10)) || char(10)
     FROM waf_body b, json_each(b.body, '$.event.type') v WHERE b.seq = waf.seq)`;

/** What a data set that was made by version 1 or 2 lacks, step by step. */
export const toVersion3 = (layout: Layout): readonly string[] => [
  ...(layout.dataSet === 'waf' ? ['ALTER TABLE waf ADD COLUMN f_event_type TEXT', TYPES_OF_ROWS] : []),
  `DROP INDEX ${layout.dataSet}_time`,
  timeIndex(layout),
  ...facetStatements(layout),
];

/** Grows with each change of tables, columns or terms that an older store would not have. */
export const LAYOUT_VERSION = 3;

/** The layout in which a data set came; tables of those that came later are made when an older store is opened. */
export const LAYOUT_OF: Readonly<Record<DataSet, number>> = { waf: 1, l7: 1, alert: 2 };

/** `Slui`: SQLite's place to say whose file it is. */
export const APPLICATION_ID = 0x536c7569;

/** A table that stores of the same layout may lack: who writes makes it, who reads needs it not. */
export const TAKEN_OUT = 'taken_out';

export const CREATE_TAKEN_OUT = `CREATE TABLE IF NOT EXISTS ${TAKEN_OUT}(data_set TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID`;

const sqlType = ({ type, many }: Field): string =>
  many || type === 'keyword' || type === 'ip' ? 'TEXT' : 'INTEGER';

export function createStatements(layout: Layout): readonly string[] {
  const { dataSet, columns } = layout;
  const fields = columns.map(({ name, field }) => `${name} ${sqlType(field)}`);
  return [
    `CREATE TABLE ${dataSet}(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL, ${fields.join(', ')}) STRICT`,
    `CREATE UNIQUE INDEX ${dataSet}_id ON ${dataSet}(id)`,
    timeIndex(layout),
    `CREATE TABLE ${dataSet}_body(seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`,
    `CREATE VIRTUAL TABLE ${dataSet}_terms USING fts5(t, content='', contentless_delete=1, detail=none, tokenize='ascii')`,
    ...facetStatements(layout),
  ];
}

/** Values as JSON, each between line ends, which JSON has in no value: a value is in the list where it is between two. */
export const listText = (values: readonly (string | number | boolean)[]): string =>
  `\n${values.map((value) => JSON.stringify(value)).join('\n')}\n`;

export const listItem = (value: string | number | boolean): string => `\n${JSON.stringify(value)}\n`;

export const listValues = (text: string): readonly (string | number | boolean)[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string | number | boolean);

/** A value as columns and functions have it. */
export const sqlValue = (value: string | number | boolean): string | number =>
  typeof value === 'boolean' ? Number(value) : value;

export const fromSql = (value: string | number, type: FieldType): string | number | boolean =>
  type === 'boolean' ? value === 1 : value;
