/** Records for tests of stores, and the questions that are asked of them. */
import type { EventStore, SearchRequest, StoredDocument } from '@sluice/hub';
import type { DataSet, Document, Json, SpoolRecord } from '@sluice/spool';
import { BASE_MILLIS } from './generate.ts';

export const isoOf = (millis: number): string => new Date(millis).toISOString();

/** An event at `BASE_MILLIS` plus so many milliseconds. */
export function record(
  id: string,
  fields: { readonly [name: string]: Json } = {},
  { at = 0, dataSet = 'waf' as DataSet } = {},
): SpoolRecord {
  const document: Document = { '@timestamp': isoOf(BASE_MILLIS + at), 'event.id': id, ...fields };
  return { dataSet, id, source: '10.0.0.1', document };
}

/** Ids of all pages, one after the other. */
export async function allIds(store: EventStore, request: SearchRequest): Promise<readonly string[]> {
  return (await allDocuments(store, request)).map(({ id }) => id);
}

export async function allDocuments(
  store: EventStore,
  request: SearchRequest,
): Promise<readonly StoredDocument[]> {
  const found: StoredDocument[] = [];
  let page = await store.search(request);
  for (;;) {
    found.push(...page.documents);
    if (page.cursor === null) return found;
    if (new Set(found.map(({ id }) => id)).size < found.length)
      throw new Error('a page has what one before had');
    page = await store.search({ ...request, cursor: page.cursor });
  }
}

/** As a store may give it back: half of a surrogate pair is U+FFFD in UTF-8. */
export function wellFormedJson(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(wellFormedJson);
  return Object.fromEntries(
    Object.entries(value as { readonly [name: string]: Json }).map(([name, each]) => [
      name,
      wellFormedJson(each),
    ]),
  );
}
