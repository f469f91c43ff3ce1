/** Saved searches of all users in a file of their own. A file that cannot be used is left as it is, and asked for anew. */
import { randomUUID } from 'node:crypto';
import { HubError, parseQuery, schemaOf } from '@sluice/hub';
import { z } from 'zod';
import { ConsoleError } from '../errors.ts';
import { KeptFile } from '../identity/kept-file.ts';
import type { Identity } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { isSeenBy, type SavedSearch, savedSearch } from './saved-search.ts';
import type { SearchDraft } from './shown.ts';

const fileSchema = z.strictObject({ searches: z.array(savedSearch) });

/** Owner of what was shared by somebody who is gone. Who changes it next has it. */
const NOBODY = '';

/** Called once all is checked, and before anything is changed. */
export type Before = (search: SavedSearch) => void;

export class SearchBook {
  readonly #file: KeptFile<z.output<typeof fileSchema>>;
  #searches: readonly SavedSearch[] | null = null;

  /** @param path a file that need not be there */
  constructor(path: string) {
    this.#file = new KeptFile(path, fileSchema, 'CONSOLE_SEARCHES');
  }

  /** What somebody sees, by name. @throws ConsoleError CONSOLE_SEARCHES */
  seenBy(identity: Identity): readonly SavedSearch[] {
    return this.#all().filter((each) => isSeenBy(each, identity));
  }

  /** That there is one is told to nobody who does not see it. @throws HubError HUB_NOT_FOUND; ConsoleError CONSOLE_SEARCHES */
  find(id: string, identity: Identity): SavedSearch {
    const found = this.seenBy(identity).find((each) => each.id === id);
    if (found === undefined) throw new HubError('HUB_NOT_FOUND', { what: 'saved search of that id' });
    return found;
  }

  /**
   * A new one, or in place of `former`, whose owner it keeps while they are there.
   * @throws HubError QUERY_SYNTAX; ConsoleError CONSOLE_SEARCH, CONSOLE_SEARCHES; what `before` throws
   */
  put(draft: SearchDraft, identity: Identity, former: SavedSearch | null, before: Before): void {
    parseQuery(draft.query, schemaOf('waf'));
    const search: SavedSearch = {
      ...draft,
      name: draft.name.trim(),
      id: former?.id ?? randomUUID(),
      owner: former === null || former.owner === NOBODY ? identity.name : former.owner,
      shared: draft.shared ? (former?.shared ?? { namespaces: namespacesOf(identity) }) : null,
    };
    const others = this.#all().filter(({ id }) => id !== search.id);
    demandRoom(search, others);
    this.#replace([...others, search], () => before(search));
  }

  /** @throws ConsoleError CONSOLE_SEARCHES; what `before` throws */
  remove(search: SavedSearch, before: Before): void {
    this.#replace(
      this.#all().filter(({ id }) => id !== search.id),
      () => before(search),
    );
  }

  /**
   * Of a user who is gone: who comes later by that name has none of it, and what was shared stays, as nobody's.
   * @throws ConsoleError CONSOLE_SEARCHES
   */
  forget(owner: string): void {
    if (!this.#all().some((each) => each.owner === owner)) return;
    const kept = this.#all()
      .filter((each) => each.owner !== owner || each.shared !== null)
      .map((each) => (each.owner === owner ? { ...each, owner: NOBODY } : each));
    this.#replace(kept, () => undefined);
  }

  #all(): readonly SavedSearch[] {
    this.#searches ??= (this.#file.read()?.searches ?? []).toSorted(byName);
    return this.#searches;
  }

  #replace(searches: readonly SavedSearch[], before: () => void): void {
    if (Buffer.byteLength(JSON.stringify(searches)) > CONSOLE_LIMITS.searchesBytesMax)
      throw new ConsoleError('CONSOLE_SEARCH', { reason: 'those of all users take all the room there is' });
    before();
    const sorted = searches.toSorted(byName);
    this.#file.write({ searches: sorted });
    this.#searches = sorted;
  }
}

const namespacesOf = ({ namespaces }: Identity): string[] | null =>
  namespaces === null ? null : [...namespaces];

const byName = (a: SavedSearch, b: SavedSearch): number =>
  a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1;

/** @throws ConsoleError CONSOLE_SEARCH */
function demandRoom({ owner, name, time }: SavedSearch, others: readonly SavedSearch[]): void {
  const theirs = others.filter((each) => each.owner === owner);
  const { searchesMax } = CONSOLE_LIMITS;
  const reason =
    theirs.length >= searchesMax
      ? `${owner} has ${searchesMax} already`
      : theirs.some((each) => each.name === name)
        ? `${owner} has one of this name already`
        : 'from' in time && time.from >= time.to
          ? 'its time ends before it begins'
          : null;
  if (reason !== null) throw new ConsoleError('CONSOLE_SEARCH', { reason });
}
