/**
 * What is new in a store that knows no order in which documents came. It has documents by their time, and they come to it late and in any
 * order: a request's time is when it began, and every node sends by itself. So each look goes back over a window, and what
 * was seen there is passed over.
 */
import type { EventStore, SearchRequest, Selection, StoredDocument } from '@sluice/hub';

/** How late a document may come and still be seen. */
export const LATENESS_MILLIS_MAX = 60_000;
const LATENESS_MILLIS_MIN = 1_000;
/** Documents that a look may read again in vain; above, the window is made smaller. */
const READ_AGAIN_MAX = 5_000;
export const PAGE_DOCUMENTS = 500;

export interface FollowOptions {
  /** Milliseconds since the epoch: a node whose clock is ahead must not move the window away from all others. */
  readonly now: () => number;
  readonly pageDocuments?: number;
}

export class WindowFollower {
  readonly #store: EventStore;
  readonly #selection: Selection;
  readonly #options: FollowOptions;
  /** Times of the documents in the window, by id. */
  readonly #seen = new Map<string, number>();
  /** Those of them that were there when it began, and were not given out. */
  readonly #passed = new Set<string>();
  #newest = Number.NEGATIVE_INFINITY;
  #lateness = LATENESS_MILLIS_MAX;

  constructor(store: EventStore, selection: Selection, options: FollowOptions) {
    this.#store = store;
    this.#selection = selection;
    this.#options = options;
  }

  /** Takes what is there as seen. @returns the newest of it, oldest first */
  async start(documents: number): Promise<readonly StoredDocument[]> {
    const { documents: newest } = await this.#store.search({
      ...this.#selection,
      size: Math.max(1, documents),
    });
    for (const each of newest) this.#see(each);
    if (newest.length > 0) {
      for await (const page of this.next()) {
        for (const { id } of page) this.#passed.add(id);
        this.#prune();
      }
    }
    for (const { id } of newest.slice(documents)) this.#passed.add(id);
    return newest.slice(0, documents).reverse();
  }

  /** Of documents that are known to be new, from elsewhere, those that were not given out yet. */
  arrived(documents: readonly StoredDocument[]): readonly StoredDocument[] {
    return documents.filter((each) => this.#passed.delete(each.id) || this.#isFresh(each));
  }

  /** What came since, a page after the other, oldest first. */
  async *next(): AsyncGenerator<readonly StoredDocument[]> {
    const request = this.#request();
    let again = 0;
    let cursor: string | null = null;
    do {
      const page = await this.#store.search(cursor === null ? request : { ...request, cursor });
      const fresh = page.documents.filter((each) => this.#isFresh(each));
      again += page.documents.length - fresh.length;
      if (fresh.length > 0) yield fresh;
      cursor = page.cursor;
    } while (cursor !== null);
    this.#prune();
    if (again > READ_AGAIN_MAX) this.#lateness = Math.max(LATENESS_MILLIS_MIN, this.#lateness / 2);
    else if (again < READ_AGAIN_MAX / 4) {
      this.#lateness = Math.min(LATENESS_MILLIS_MAX, this.#lateness * 2);
    }
  }

  #request(): SearchRequest {
    const from = Math.max(this.#windowStart(), this.#selection.from ?? Number.NEGATIVE_INFINITY);
    return {
      ...this.#selection,
      ...(Number.isFinite(from) ? { from } : {}),
      sort: { field: '@timestamp', order: 'asc' },
      size: this.#options.pageDocuments ?? PAGE_DOCUMENTS,
    };
  }

  #windowStart(): number {
    return Math.min(this.#newest, this.#options.now()) - this.#lateness;
  }

  /** Once. */
  #isFresh(stored: StoredDocument): boolean {
    if (this.#seen.has(stored.id)) return false;
    this.#see(stored);
    return true;
  }

  #see({ id, document }: StoredDocument): void {
    const time = Date.parse(String(document['@timestamp']));
    this.#seen.set(id, Number.isNaN(time) ? Number.POSITIVE_INFINITY : time);
    if (time > this.#newest) this.#newest = time;
  }

  /** As far back as the window can ever reach: one that was made smaller grows again. */
  #prune(): void {
    const start = Math.min(this.#newest, this.#options.now()) - LATENESS_MILLIS_MAX;
    for (const [id, time] of this.#seen) {
      if (time >= start) continue;
      this.#seen.delete(id);
      this.#passed.delete(id);
    }
  }
}
