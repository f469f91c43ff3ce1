/** What the spool holds and stores keep: documents, each with an id by which it is stored once. */

/** Kinds of documents, by the names that GlobalAlert's `dataSet` has for them. */
export const DATA_SETS = ['waf', 'l7', 'alert'] as const;

export type DataSet = (typeof DATA_SETS)[number];

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** As it will be in the store; its fields are those of the data set's schema. */
export type Document = { readonly [field: string]: Json };

export interface SpoolRecord {
  readonly dataSet: DataSet;
  /**
   * Under this a store keeps the document once, however often it comes. Made by Sluice, in the order of time within a
   * process; never a text that a client chose, who could hide a second request behind the first.
   */
  readonly id: string;
  /** Who caused it, for fairness under flood: the client's address. */
  readonly source: string;
  readonly document: Document;
}
