/** Every bound of a query. They hold before a store sees it, so that what one store answers, each answers. */

/** UTF-16 units of a query's text: a list of a thousand addresses has room. */
export const QUERY_CHARACTERS_MAX = 65_536;

/**
 * AND, OR and NOT within each other. Elasticsearch takes 30 queries within each other (indices.query.bool.max_nested_depth), two of
 * which stores need for themselves.
 */
export const QUERY_DEPTH_MAX = 24;

/** Parentheses and NOTs within each other while a query is read: the reader calls itself for each. */
export const QUERY_NESTING_MAX = 48;

/** Comparisons and patterns of a query. Elasticsearch takes 1,024 clauses on a small heap (indices.query.bool.max_clause_count). */
export const QUERY_CONDITIONS_MAX = 1_000;

/** UTF-16 units of one value: as long as a value of an event can be. */
export const VALUE_CHARACTERS_MAX = 8_191;

/** `*` and `?` of one pattern. Elasticsearch makes an automaton of it, whose size can double with each. */
export const PATTERN_WILDCARDS_MAX = 10;

/** UTF-16 units of a query that an error shows, the place in the middle. */
export const ERROR_WINDOW_CHARACTERS = 100;
