/** What is new in a store that keeps the order in which documents come: all of it, however old it is. */
import type { Arrivals, EventStore, Selection, StoredDocument } from '@sluice/hub';
import { type FollowOptions, PAGE_DOCUMENTS, WindowFollower } from './follow.ts';

export class ArrivalsFollower {
  readonly #store: EventStore;
  readonly #selection: Selection;
  readonly #size: number;
  /** Those that are told at the beginning, which may have come behind the place as well. */
  readonly #shown = new Set<string>();
  readonly #options: FollowOptions;
  #place: string;
  /** In place of this, where the store has an order no more. */
  #window: WindowFollower | null = null;

  /** @param place behind what is there */
  constructor(store: EventStore, selection: Selection, place: string, options: FollowOptions) {
    this.#options = options;
    this.#store = store;
    this.#selection = selection;
    this.#place = place;
    this.#size = options.pageDocuments ?? PAGE_DOCUMENTS;
  }

  async start(documents: number): Promise<readonly StoredDocument[]> {
    if (documents === 0) return [];
    const { documents: newest } = await this.#store.search({ ...this.#selection, size: documents });
    for (const { id } of newest) this.#shown.add(id);
    return newest.toReversed();
  }

  async *next(): AsyncGenerator<readonly StoredDocument[]> {
    if (this.#window !== null) {
      yield* this.#window.next();
      return;
    }
    for (let more = true; more; ) {
      const page: Arrivals | null | undefined = await this.#store.arrivals?.({
        ...this.#selection,
        after: this.#place,
        size: this.#size,
      });
      if (page === undefined || page === null) {
        const window = new WindowFollower(this.#store, this.#selection, this.#options);
        await window.start(0);
        this.#window = window;
        return;
      }
      this.#place = page.place;
      more = page.more;
      const fresh = page.documents.filter(({ id }) => !this.#shown.delete(id));
      if (fresh.length > 0) yield fresh;
    }
  }
}
