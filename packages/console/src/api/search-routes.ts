/** Saved searches: one's own, and those that are shared. What is shared is changed by who may, and written down. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import { type Identity, mayDo } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { SearchBook } from '../searches/book.ts';
import { mayChange, type SavedSearch, searchDraft, shownTo } from '../searches/saved-search.ts';
import type { SearchDraft, SearchesAnswer } from '../searches/shown.ts';
import type { Access } from './access.ts';
import { bodyOf } from './body.ts';
import { CONSOLE_ROUTES, type ConsoleRoute } from './routes.ts';

export interface SearchParts {
  readonly access: Access;
  readonly audit: Audit;
  readonly searches: SearchBook;
}

export function addSearchRoutes(app: FastifyInstance, parts: SearchParts): void {
  const { access, searches } = parts;
  const who = (request: FastifyRequest, { role }: ConsoleRoute): Identity =>
    access.demand(request, role ?? 'viewer').identity;
  const listed = (identity: Identity): SearchesAnswer => ({
    searches: searches.seenBy(identity).map((each) => shownTo(each, identity)),
  });
  const idOf = (request: FastifyRequest): string => String(Object(request.params).id);

  app.route({
    ...CONSOLE_ROUTES.searches,
    handler: async (request) => listed(who(request, CONSOLE_ROUTES.searches)),
  });
  app.route({
    ...CONSOLE_ROUTES.saveSearch,
    handler: async (request) => {
      const identity = who(request, CONSOLE_ROUTES.saveSearch);
      const draft = bodyOf(searchDraft, request);
      demandSharer(identity, draft);
      searches.put(draft, identity, null, (search) =>
        recordShared(parts, request, identity, { action: 'search.add', after: search }),
      );
      return listed(identity);
    },
  });
  app.route({
    ...CONSOLE_ROUTES.changeSearch,
    handler: async (request) => {
      const identity = who(request, CONSOLE_ROUTES.changeSearch);
      const draft = bodyOf(searchDraft, request);
      const former = searches.find(idOf(request), identity);
      demandChange(former, identity);
      demandSharer(identity, draft);
      searches.put(draft, identity, former, (after) =>
        recordShared(parts, request, identity, { action: 'search.change', before: former, after }),
      );
      return listed(identity);
    },
  });
  app.route({
    ...CONSOLE_ROUTES.removeSearch,
    handler: async (request) => {
      const identity = who(request, CONSOLE_ROUTES.removeSearch);
      const former = searches.find(idOf(request), identity);
      demandChange(former, identity);
      searches.remove(former, () =>
        recordShared(parts, request, identity, { action: 'search.remove', before: former }),
      );
      return listed(identity);
    },
  });
}

/** @throws ConsoleError CONSOLE_FORBIDDEN */
function demandSharer({ name, role }: Identity, { shared }: SearchDraft): void {
  if (shared && !mayDo(role, 'operator'))
    throw new ConsoleError('CONSOLE_FORBIDDEN', { user: name, role: 'operator' });
}

/** @throws ConsoleError CONSOLE_FORBIDDEN, CONSOLE_NAMESPACES */
function demandChange(search: SavedSearch, identity: Identity): void {
  if (mayChange(search, identity)) return;
  const { name, role } = identity;
  if (!mayDo(role, 'operator')) throw new ConsoleError('CONSOLE_FORBIDDEN', { user: name, role: 'operator' });
  throw new ConsoleError('CONSOLE_NAMESPACES', { user: name });
}

interface Done {
  readonly action: string;
  readonly before?: SavedSearch;
  readonly after?: SavedSearch;
}

/** What others see, before or after, is written down; one's own is one's own. */
function recordShared(
  { audit }: SearchParts,
  request: FastifyRequest,
  { name }: Identity,
  { action, before, after }: Done,
): void {
  if ((before?.shared ?? null) === null && (after?.shared ?? null) === null) return;
  const target = JSON.stringify(after ?? before).slice(0, CONSOLE_LIMITS.auditCharactersMax);
  audit.record({ user: name, address: request.ip, action, target, outcome: 'done' });
}
