/** What the spool needs to know of a document that somebody else has made. */
import { DATA_SETS, type DataSet, type Document, type Json, type SpoolRecord } from './record.ts';

/** The value at a path of names; undefined where there is none. */
export function valueAt(document: Document, ...path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as Document)[name];
  }
  return value;
}

export function textAt(document: Document, ...path: readonly string[]): string {
  const value = valueAt(document, ...path);
  return typeof value === 'string' ? value : '';
}

const DATA_SET_PREFIX = 'sluice.';

const isDataSet = (name: string): name is DataSet => DATA_SETS.some((dataSet) => dataSet === name);

/** The record of a document, by its `event.dataset`, `event.id` and `source.ip`; null where it has no id or data set. */
export function recordOf(document: Document): SpoolRecord | null {
  const name = textAt(document, 'event', 'dataset');
  const dataSet = name.startsWith(DATA_SET_PREFIX) ? name.slice(DATA_SET_PREFIX.length) : '';
  const id = textAt(document, 'event', 'id');
  if (id === '' || !isDataSet(dataSet)) return null;
  return { dataSet, id, source: textAt(document, 'source', 'ip'), document };
}
