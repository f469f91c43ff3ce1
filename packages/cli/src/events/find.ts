/** Finds the events of a request, or one event, by an id that somebody was given. */
import type { EventStore, Query, StoredDocument } from '@sluice/hub';
import type { DataSet } from '@sluice/spool';

/** Events that are shown for one id; a client may send the same x-request-id again and again. */
export const FOUND_MAX = 20;

export interface Found {
  /** Newest first. */
  readonly documents: readonly StoredDocument[];
  readonly more: boolean;
}

/** By the document's own id; where there is none, by the request's. */
export async function findById(store: EventStore, dataSet: DataSet, id: string): Promise<Found> {
  const own = await store.get(dataSet, id);
  if (own !== null) return { documents: [own], more: false };
  if (dataSet !== 'waf') return { documents: [], more: false };
  const query: Query = {
    kind: 'compare',
    field: { path: 'http.request.id', type: 'keyword' },
    operator: '=',
    value: id,
  };
  const { documents, cursor } = await store.search({ dataSet, query, size: FOUND_MAX });
  return { documents, more: cursor !== null };
}
