/** Pages of documents. */
import type { estypes } from '@elastic/elasticsearch';
import type { Document } from '@sluice/spool';
import { canonicalAddress } from '../../query/address.ts';
import type { QueryValue } from '../../query/tree.ts';
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';
import type { Page, SearchRequest } from '../event-store.ts';
import { type CheckedSort, checkSearch, isKeyOf } from '../request.ts';
import type { StreamSource } from './connection.ts';
import { hasField, isIn, isNot, selectionDsl } from './query-dsl.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

/** Where a page ended: the value by which its last document was sorted, null where it has none, and the document's id. */
interface Place {
  readonly key: QueryValue | null;
  readonly id: string;
}

interface Found {
  readonly place: Place;
  readonly document: Document;
}

/**
 * Documents with the field come first, then those without, by their ids: two questions, so that nothing depends on what
 * Elasticsearch takes for the place of a value that is missing.
 *
 * @throws HubError
 */
export async function search(source: StreamSource, request: SearchRequest): Promise<Page> {
  const sort = checkSearch(request);
  const after = request.cursor === undefined ? undefined : placeOf(request.cursor, sort);
  const wanted = request.size + 1;
  const found: Found[] = [];
  if (after?.key !== null) {
    found.push(...(await having({ ...source, request, sort }, wanted, after)));
  }
  if (found.length < wanted && sort.field.path !== '@timestamp') {
    const id = after?.key === null ? after.id : undefined;
    found.push(...(await lacking({ ...source, request, sort }, wanted - found.length, id)));
  }
  const page = found.slice(0, request.size);
  const last = page.at(-1);
  return {
    documents: page.map(({ place, document }) => ({ id: place.id, document })),
    cursor:
      last === undefined || found.length < wanted ? null : encodeCursor([last.place.key, last.place.id]),
  };
}

/** @throws HubError QUERY_CURSOR */
function placeOf(cursor: string, { field }: CheckedSort): Place {
  const fits = ([key, id, ...more]: readonly CursorKey[]): boolean =>
    typeof id === 'string' && more.length === 0 && (key === null || isKeyOf(field.type, key ?? null));
  const [key = null, id] = decodeCursor(cursor, fits);
  return { key, id: String(id) };
}

interface Question extends StreamSource {
  readonly request: SearchRequest;
  readonly sort: CheckedSort;
}

const BY_ID: estypes.SortCombinations = { 'event.id': { order: 'asc' } };

async function having(question: Question, size: number, after: Place | undefined): Promise<readonly Found[]> {
  const { path, type } = question.sort.field;
  const { order } = question.sort;
  const mode = order === 'asc' ? 'min' : 'max';
  const hits = await hitsOf(question, {
    size,
    query: isIn([selectionDsl(question.request), hasField(path)]),
    sort: [{ [path]: { order, mode, unmapped_type: type } }, BY_ID],
    ...(after === undefined || after.key === null ? {} : { search_after: [after.key, after.id] }),
  });
  return hits.map((hit) => foundOf(hit, keyOf(question.sort, hit.sort?.[0])));
}

async function lacking(
  question: Question,
  size: number,
  after: string | undefined,
): Promise<readonly Found[]> {
  const hits = await hitsOf(question, {
    size,
    query: isIn([selectionDsl(question.request), isNot(hasField(question.sort.field.path))]),
    sort: [BY_ID],
    ...(after === undefined ? {} : { search_after: [after] }),
  });
  return hits.map((hit) => foundOf(hit, null));
}

const foundOf = ({ _id, _source }: estypes.SearchHit<Document>, key: QueryValue | null): Found => ({
  place: { key, id: _id ?? '' },
  document: _source ?? {},
});

async function hitsOf(
  { connection, stream }: Question,
  body: estypes.SearchRequest,
): Promise<readonly estypes.SearchHit<Document>[]> {
  const answer = await connection.ask((client) =>
    client.search<Document>({ ...body, ...WHOLE_ANSWER, index: stream, track_total_hits: false }),
  );
  return answer.hits.hits;
}

/** A sort value as cursors have it. */
function keyOf({ field }: CheckedSort, value: unknown): QueryValue {
  switch (field.type) {
    case 'boolean':
      return value === true || value === 1 || value === 'true';
    case 'long':
    case 'date':
      return Number(value);
    case 'ip':
      return canonicalAddress(String(value)) ?? '';
    case 'keyword':
      return String(value);
  }
}
