/** Saved searches as they are told, to pages too: types alone and no import, so that a page takes them from here. */

/** What a page of events looks at: the last milliseconds, or from one time to another (milliseconds since the epoch). */
export type SearchTime = { readonly span: number } | { readonly from: number; readonly to: number };

/** What somebody saves. Name and query are texts of whoever wrote them. */
export interface SearchDraft {
  readonly name: string;
  readonly query: string;
  readonly time: SearchTime;
  /** Seen by others, too. */
  readonly shared: boolean;
}

export interface ShownSearch extends SearchDraft {
  readonly id: string;
  /** Empty: somebody who is gone. */
  readonly owner: string;
  /** Whether who asks may change and remove it. */
  readonly mayChange: boolean;
}

export interface SearchesAnswer {
  /** One's own and those that are shared, by name. */
  readonly searches: readonly ShownSearch[];
}
