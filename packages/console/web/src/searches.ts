/** Saved searches as pages see them. Names and queries are texts of whoever has written them. */
import type { SearchDraft, SearchesAnswer, SearchTime, ShownSearch } from '../../src/searches/shown.ts';
import { ask } from './ask.ts';

export type { SearchDraft, SearchesAnswer, SearchTime, ShownSearch };

const addressOf = (id: string): string => `/api/searches/${encodeURIComponent(id)}`;

export const listSearches = (signal?: AbortSignal): Promise<SearchesAnswer> =>
  ask('/api/searches', signal === undefined ? {} : { signal });

export const saveSearch = (body: SearchDraft): Promise<SearchesAnswer> =>
  ask('/api/searches', { method: 'POST', body });

export const changeSearch = (id: string, body: SearchDraft): Promise<SearchesAnswer> =>
  ask(addressOf(id), { method: 'PUT', body });

export const removeSearch = (id: string): Promise<SearchesAnswer> => ask(addressOf(id), { method: 'DELETE' });
