/**
 * A query as a tree: GlobalAlert's language, parsed once, translated for each store.
 *
 * What it means is the same for all of them. A field of a document has the set of values that stand at its path, those of
 * all elements where arrays are on the way. A comparison holds where at least one value meets it; `!=` and NOTIN are the
 * negations of `=` and IN, so they hold for documents without the field, too.
 */
import type { FieldType } from '@sluice/spool';

/** Where something stands in the text of a query: from `start` up to `end`, in UTF-16 units, from 0. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** `<` and the like compare numbers and dates by value, addresses by their bytes, keywords by the bytes of their UTF-8. */
export type ComparisonOperator = '=' | '<' | '<=' | '>' | '>=';

/**
 * A literal, read as its field's type demands: dates in milliseconds since the epoch, texts well-formed, addresses as RFC 5952 writes
 * them (IPv4 with dots). `=` on an address takes a block, too, `10.0.0.0/8`: it holds for every address in it.
 */
export type QueryValue = string | number | boolean;

export interface QueryField {
  readonly path: string;
  readonly type: FieldType;
}

/** A text with wildcards: literal parts, and between them `*` (any text) or `?` (one character). */
export type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' };

/** What is asked of the values of one field. */
export type Condition =
  | {
      readonly kind: 'compare';
      readonly field: QueryField;
      readonly operator: ComparisonOperator;
      readonly value: QueryValue;
    }
  /** One value that matches one pattern. Of keywords only: with other types IN is an `or` of comparisons. */
  | {
      readonly kind: 'in';
      readonly field: QueryField;
      readonly patterns: readonly (readonly PatternPart[])[];
    };

export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  | Condition;
