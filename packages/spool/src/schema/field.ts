/** How the fields of documents are described: once, for stores, queries, pages and dashboards. */

/**
 * - `keyword`: text, compared byte for byte
 * - `ip`: an address, IPv4 or IPv6
 * - `date`: ISO 8601 with milliseconds, UTC
 * - `long`: a whole number, safe in a double
 * - `boolean`
 */
export type FieldType = 'keyword' | 'ip' | 'date' | 'long' | 'boolean';

/** Where a field's name and meaning come from. */
export type FieldOrigin = 'ecs' | 'sluice' | 'calico';

export interface Field {
  /** With dots, as in queries: `waf.rules.id`. Arrays on the way have no part in it. */
  readonly path: string;
  readonly type: FieldType;
  readonly origin: FieldOrigin;
  /** A document may have several values: the field, or something on the way to it, is an array. */
  readonly many: boolean;
  readonly description: string;
}

export interface Schema {
  readonly version: number;
  readonly fields: readonly Field[];
  /** Parents whose children are named by data: `waf.scores.*`, all of one type. */
  readonly families: readonly Field[];
}

/** A field as tables of them have it: path, type, origin, whether there may be several values, description. */
export type FieldRow = readonly [
  path: string,
  type: FieldType,
  origin: FieldOrigin,
  many: boolean,
  description: string,
];

export const fieldOf = ([path, type, origin, many, description]: FieldRow): Field => ({
  path,
  type,
  origin,
  many,
  description,
});
