/**
 * Queries in Elasticsearch's own language. Fields are not `nested`: a comparison asks all values at a path, wherever in arrays
 * they stand, which is what queries mean; and a negation is that of the whole comparison.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { FieldType } from '@sluice/spool';
import type { ComparisonOperator, PatternPart, Query, QueryField, QueryValue } from '../../query/tree.ts';
import { compareValues } from '../../query/values.ts';
import type { Selection } from '../event-store.ts';

export type Dsl = estypes.QueryDslQueryContainer;

const ALL: Dsl = { match_all: {} };
const NONE: Dsl = { match_none: {} };

const RANGES: Readonly<Record<Exclude<ComparisonOperator, '='>, string>> = {
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
};

export const isIn = (filter: readonly Dsl[]): Dsl => ({ bool: { filter: [...filter] } });

export const hasField = (field: string): Dsl => ({ exists: { field } });

export const isNot = (query: Dsl): Dsl => ({ bool: { must_not: [query] } });

const anyOf = (queries: readonly Dsl[]): Dsl => {
  const [first, ...more] = queries;
  if (first === undefined) return NONE;
  return more.length === 0 ? first : { bool: { should: [...queries], minimum_should_match: 1 } };
};

/** What a selection selects, its data set apart. */
export function selectionDsl({ query, from, to }: Selection): Dsl {
  const bounds = { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
  const times = from === undefined && to === undefined ? [] : [rangeDsl('@timestamp', 'date', bounds)];
  return isIn([...times, queryDsl(query)]);
}

export function queryDsl(query: Query): Dsl {
  switch (query.kind) {
    case 'all':
      return ALL;
    case 'and':
      return isIn(query.of.map(queryDsl));
    case 'or':
      return anyOf(query.of.map(queryDsl));
    case 'not':
      return isNot(queryDsl(query.of));
    case 'compare':
      return comparison(query.field, query.operator, query.value);
    case 'in':
      return patternsDsl(query.field.path, query.patterns);
  }
}

function comparison({ path, type }: QueryField, operator: ComparisonOperator, value: QueryValue): Dsl {
  if (type === 'boolean') return booleanDsl(path, operator, value);
  if (operator !== '=') return rangeDsl(path, type, { [RANGES[operator]]: value });
  // A date is a point in time; a term would be read as text, in the form of the field. A block of addresses is a term.
  return type === 'date' ? rangeDsl(path, type, { gte: value, lte: value }) : { term: { [path]: { value } } };
}

const ORDER: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** There are no ranges of booleans. */
function booleanDsl(path: string, operator: ComparisonOperator, value: QueryValue): Dsl {
  const fitting = [false, true].filter((each) => ORDER[operator](compareValues(each, value)));
  return { terms: { [path]: fitting } };
}

const rangeDsl = (path: string, type: FieldType, bounds: Readonly<Record<string, QueryValue>>): Dsl => ({
  range: { [path]: type === 'date' ? { ...bounds, format: 'epoch_millis' } : bounds },
});

function patternsDsl(path: string, patterns: readonly (readonly PatternPart[])[]): Dsl {
  const texts = patterns.map(textOf).filter((text) => text !== undefined);
  const wild = patterns.filter((pattern) => textOf(pattern) === undefined);
  return anyOf([
    ...(texts.length === 0 ? [] : [{ terms: { [path]: texts } }]),
    ...wild.map((pattern) => patternDsl(path, pattern)),
  ]);
}

/** The one text that matches; undefined where there are wildcards. */
function textOf(pattern: readonly PatternPart[]): string | undefined {
  return pattern.every((part) => part.kind === 'text') ? pattern.map(({ text }) => text).join('') : undefined;
}

/** Of a pattern that has wildcards. */
export function patternDsl(path: string, pattern: readonly PatternPart[]): Dsl {
  const [first, second, third] = pattern;
  if (first?.kind === 'any' && second === undefined) return hasField(path);
  // The same, by the order of the index instead of an automaton.
  if (first?.kind === 'text' && second?.kind === 'any' && third === undefined)
    return { prefix: { [path]: { value: first.text } } };
  return { wildcard: { [path]: { value: pattern.map(escaped).join('') } } };
}

function escaped(part: PatternPart): string {
  if (part.kind === 'text') return part.text.replace(/[\\*?]/g, '\\$&');
  return part.kind === 'any' ? '*' : '?';
}
