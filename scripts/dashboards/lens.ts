/** Kibana's Lens visualisations, as saved objects of Kibana 8.9 and later. */
import assert from 'node:assert/strict';
import { type Field, L7_SCHEMA, WAF_SCHEMA } from '../../packages/spool/src/index.ts';
import { reference, type SavedObject, savedObject } from './saved-object.ts';

export interface LensOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Id of the data view. */
  readonly view: string;
  /** In KQL. */
  readonly query?: string;
}

type Column = Readonly<Record<string, unknown>>;

const LAYER = 'layer';
const DATA_TYPES: Readonly<Record<Field['type'], string>> = {
  keyword: 'string',
  ip: 'ip',
  date: 'date',
  long: 'number',
  boolean: 'boolean',
};

function typeOf(path: string): string {
  const field = [...WAF_SCHEMA.fields, ...L7_SCHEMA.fields].find((each) => each.path === path);
  assert(field, `there is no field ${path}`);
  return DATA_TYPES[field.type];
}

const count: Column = {
  label: 'Events',
  customLabel: true,
  dataType: 'number',
  operationType: 'count',
  isBucketed: false,
  scale: 'ratio',
  sourceField: '___records___',
  params: { emptyAsNull: true },
};

const sum = (path: string, label: string, format: 'bytes' | 'number'): Column => ({
  label,
  customLabel: true,
  dataType: typeOf(path),
  operationType: 'sum',
  isBucketed: false,
  scale: 'ratio',
  sourceField: path,
  params: { emptyAsNull: true, format: { id: format, params: { decimals: format === 'bytes' ? 1 : 0 } } },
});

const time: Column = {
  label: '@timestamp',
  dataType: 'date',
  operationType: 'date_histogram',
  isBucketed: true,
  scale: 'interval',
  sourceField: '@timestamp',
  params: { interval: 'auto', includeEmptyRows: true, dropPartials: false },
};

const terms = (path: string, label: string, size: number, orderBy: string): Column => ({
  label,
  customLabel: true,
  dataType: typeOf(path),
  operationType: 'terms',
  isBucketed: true,
  scale: 'ordinal',
  sourceField: path,
  params: {
    size,
    orderBy: { type: 'column', columnId: orderBy },
    orderDirection: 'desc',
    otherBucket: false,
    missingBucket: false,
    parentFormat: { id: 'terms' },
  },
});

interface XyOptions {
  readonly columns: Readonly<Record<string, Column>>;
  readonly series: 'bar_stacked' | 'bar_horizontal' | 'area_stacked' | 'line';
  readonly x: string;
  readonly y: readonly string[];
  readonly split?: string;
}

function lens(
  { id, title, description, view, query }: LensOptions,
  { columns, series, x, y, split }: XyOptions,
): SavedObject {
  const layer = {
    layerId: LAYER,
    layerType: 'data',
    seriesType: series,
    accessors: y,
    xAccessor: x,
    ...(split === undefined ? {} : { splitAccessor: split }),
  };
  return savedObject({
    id,
    type: 'lens',
    typeMigrationVersion: '8.9.0',
    attributes: {
      title,
      description,
      visualizationType: 'lnsXY',
      state: {
        visualization: {
          legend: { isVisible: split !== undefined || y.length > 1, position: 'right' },
          valueLabels: 'hide',
          fittingFunction: 'None',
          preferredSeriesType: series,
          layers: [layer],
        },
        query: { query: query ?? '', language: 'kuery' },
        filters: [],
        datasourceStates: {
          formBased: {
            layers: { [LAYER]: { columns, columnOrder: Object.keys(columns), incompleteColumns: {} } },
          },
        },
        internalReferences: [],
        adHocDataViews: {},
      },
    },
    references: [reference('index-pattern', view, `indexpattern-datasource-layer-${LAYER}`)],
  });
}

const SPLIT_SIZE = 10;

/** Events over time, by the values of a field. */
export const overTime = (options: LensOptions, path: string, label: string): SavedObject =>
  lens(options, {
    columns: { split: terms(path, label, SPLIT_SIZE, 'count'), time, count },
    series: 'bar_stacked',
    x: 'time',
    y: ['count'],
    split: 'split',
  });

/** The most frequent values of a field. */
export const top = (options: LensOptions, path: string, label: string, size = 10): SavedObject =>
  lens(options, {
    columns: { value: terms(path, label, size, 'count'), count },
    series: 'bar_horizontal',
    x: 'value',
    y: ['count'],
  });

/** What a document counts as: one, or what a field of it says. */
export interface Weight {
  readonly path: string;
  readonly label: string;
}

/** Sums of a field over time, by the values of another. */
export const sumOverTime = (options: LensOptions, weight: Weight, path: string, label: string): SavedObject =>
  lens(options, {
    columns: {
      split: terms(path, label, SPLIT_SIZE, 'sum'),
      time,
      sum: sum(weight.path, weight.label, 'number'),
    },
    series: 'bar_stacked',
    x: 'time',
    y: ['sum'],
    split: 'split',
  });

/** The values of a field with the largest sums of another. */
export const topBySum = (options: LensOptions, weight: Weight, path: string, label: string): SavedObject =>
  lens(options, {
    columns: {
      value: terms(path, label, SPLIT_SIZE, 'sum'),
      sum: sum(weight.path, weight.label, 'number'),
    },
    series: 'bar_horizontal',
    x: 'value',
    y: ['sum'],
  });

/** Sums of fields over time. */
export const sums = (
  options: LensOptions,
  fields: readonly (readonly [path: string, label: string])[],
  format: 'bytes' | 'number',
): SavedObject =>
  lens(options, {
    columns: {
      time,
      ...Object.fromEntries(fields.map(([path, label], at) => [`sum${at}`, sum(path, label, format)])),
    },
    series: 'line',
    x: 'time',
    y: fields.map((_, at) => `sum${at}`),
  });
