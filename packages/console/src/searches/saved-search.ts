/** A search that somebody has saved: a name for a query and a time. It holds no events: who opens it sees what they may see. */
import { z } from 'zod';
import { includes, type Namespaces } from '../cluster/grants.ts';
import { type Identity, mayDo, namespaceSchema } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { SearchDraft, ShownSearch } from './shown.ts';

const { searchNameCharactersMax, searchQueryCharactersMax, searchSpanMillisMax } = CONSOLE_LIMITS;

const text = (max: number) =>
  z
    .string()
    .max(max)
    // Files cannot hold half of a surrogate pair.
    .refine((given) => given.isWellFormed(), 'no text');

const millis = z.int().min(0);

const time = z.union([
  z.strictObject({ span: z.int().min(1).max(searchSpanMillisMax).describe('The last milliseconds.') }),
  z.strictObject({ from: millis, to: millis }).describe('Milliseconds since the epoch.'),
]);

const search = {
  name: text(searchNameCharactersMax).refine((given) => given.trim() !== '', 'empty'),
  query: text(searchQueryCharactersMax).describe('In the language of queries; empty: all events.'),
  time,
};

/** As somebody sends it. */
export const searchDraft: z.ZodType<SearchDraft> = z.strictObject({
  ...search,
  shared: z.boolean().describe('Seen by others, too: takes the role operator.'),
});

export const searchesAnswer = z.object({
  searches: z.array(
    z.object({ ...search, id: z.string(), owner: z.string(), shared: z.boolean(), mayChange: z.boolean() }),
  ),
});

export const SEARCH_PARAMETERS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' } },
};

/** As it is kept. */
export const savedSearch = z.strictObject({
  ...search,
  id: z.string().regex(/^[\w-]{1,64}$/),
  owner: z.string().max(1_000).describe('Empty: one who is gone.'),
  shared: z
    .strictObject({ namespaces: z.array(namespaceSchema).nullable() })
    .nullable()
    .describe('Null: nobody sees it but its owner. Else the namespaces of who has shared it; null: all.'),
});

export type SavedSearch = z.output<typeof savedSearch>;

const seesAll = ({ namespaces }: Identity, needed: Namespaces): boolean =>
  needed === null ? namespaces === null : needed.every((name) => includes(namespaces, name));

/**
 * A query can name what stands in events. So one that is shared by who sees some namespaces is for those who see all of these;
 * who sees everything shares with everybody.
 */
export const isSeenBy = ({ owner, shared }: SavedSearch, identity: Identity): boolean =>
  shared === null
    ? owner === identity.name
    : shared.namespaces === null || seesAll(identity, shared.namespaces);

export const mayChange = ({ owner, shared }: SavedSearch, identity: Identity): boolean =>
  shared === null
    ? owner === identity.name
    : mayDo(identity.role, 'operator') && seesAll(identity, shared.namespaces);

export const shownTo = (kept: SavedSearch, identity: Identity): ShownSearch => ({
  ...kept,
  shared: kept.shared !== null,
  mayChange: mayChange(kept, identity),
});
