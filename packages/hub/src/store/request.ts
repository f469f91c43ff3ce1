/** What every store checks of a request before it looks anything up, so that all refuse the same. */
import type { DataSet, FieldType } from '@sluice/spool';
import { HubError } from '../errors.ts';
import { canonicalAddress } from '../query/address.ts';
import { findField, nearField } from '../query/fields.ts';
import type { QueryField, QueryValue } from '../query/tree.ts';
import type { AggregateRequest, SearchRequest, Selection, Sort } from './event-store.ts';
import { BUCKETS_MAX, COMPOSITE_FIELDS_MAX, PAGE_DOCUMENTS_MAX } from './limits.ts';
import { schemaOf } from './schemas.ts';

/** Types whose values can be added up, or that lie on a line. */
const METRIC_TYPES: readonly FieldType[] = ['long', 'date'];

/** @throws HubError QUERY_FIELD where the data set has no such field */
export function fieldOf(dataSet: DataSet, path: string): QueryField {
  const schema = schemaOf(dataSet);
  const field = findField(schema, path);
  if (field !== undefined) return { path: field.path, type: field.type };
  throw new HubError('QUERY_FIELD', {
    field: JSON.stringify(path),
    dataSet,
    reason: `is not known${nearField(schema, path)}`,
  });
}

/** @throws HubError QUERY_SIZE where a number is not whole, or not within its bounds */
function bounded(
  what: string,
  given: number,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  if (Number.isSafeInteger(given) && given >= min && given <= max) return;
  throw new HubError('QUERY_SIZE', { what, given, allowed: `${min} to ${max} are allowed, whole numbers` });
}

const MILLIS = { min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 };

/** @throws HubError QUERY_SIZE */
export function checkSelection({ from, to }: Selection): void {
  if (from !== undefined) bounded('from', from, MILLIS);
  if (to !== undefined) bounded('to', to, MILLIS);
}

export interface CheckedSort {
  readonly field: QueryField;
  readonly order: Sort['order'];
}

/** @throws HubError QUERY_SIZE, QUERY_FIELD */
export function checkSearch(request: SearchRequest): CheckedSort {
  checkSelection(request);
  bounded('size', request.size, { min: 1, max: PAGE_DOCUMENTS_MAX });
  const { field, order } = request.sort ?? { field: '@timestamp', order: 'desc' };
  return { field: fieldOf(request.dataSet, field), order };
}

export interface CheckedAggregate {
  /** Fields whose values make the key; of a histogram `@timestamp`. */
  readonly fields: readonly QueryField[];
  readonly metric: QueryField | null;
}

/** @throws HubError QUERY_SIZE, QUERY_FIELD */
export function checkAggregate(request: AggregateRequest): CheckedAggregate {
  checkSelection(request);
  const { dataSet } = request;
  const metric = request.metric === undefined ? null : fieldOf(dataSet, request.metric.field);
  if (metric !== null && !METRIC_TYPES.includes(metric.type)) {
    const reason = `is of type ${metric.type}: metrics are of long and date`;
    throw new HubError('QUERY_FIELD', { field: metric.path, dataSet, reason });
  }
  switch (request.kind) {
    case 'terms':
      bounded('size', request.size, { min: 1, max: BUCKETS_MAX });
      return { fields: [fieldOf(dataSet, request.field)], metric };
    case 'composite':
      bounded('size', request.size, { min: 1, max: BUCKETS_MAX });
      bounded('number of fields', request.fields.length, { min: 1, max: COMPOSITE_FIELDS_MAX });
      return { fields: request.fields.map((path) => fieldOf(dataSet, path)), metric };
    case 'date_histogram':
      bounded('intervalMillis', request.intervalMillis, { min: 1, max: MILLIS.max });
      return { fields: [fieldOf(dataSet, '@timestamp')], metric };
  }
}

/**
 * Of a histogram, before its empty buckets are filled in.
 * @param first beginning of its first bucket, `last` of its last
 * @throws HubError QUERY_SIZE
 */
export function checkBuckets(first: number, last: number, intervalMillis: number): void {
  const count = Math.floor((last - first) / intervalMillis) + 1;
  if (count <= BUCKETS_MAX) return;
  const what = `the number of buckets of ${intervalMillis} ms`;
  throw new HubError('QUERY_SIZE', { what, given: count, allowed: `at most ${BUCKETS_MAX}` });
}

/** Whether a cursor's key can be a value of such a field, in the form in which buckets show it. */
export function isKeyOf(type: FieldType, key: QueryValue | null): boolean {
  if (type === 'ip') return typeof key === 'string' && canonicalAddress(key) === key;
  if (type === 'boolean') return typeof key === 'boolean';
  return typeof key === (type === 'long' || type === 'date' ? 'number' : 'string');
}
