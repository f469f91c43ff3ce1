/** What a query means: whether a document matches. Stores are held to this. */
import type { Json } from '@sluice/spool';
import { addressBlock, addressKey } from './address.ts';
import type { ComparisonOperator, Condition, Query, QueryField, QueryValue } from './tree.ts';
import { compareValues, valuesAt } from './values.ts';
import { wildcard } from './wildcard.ts';

/** Of a value in the form in which it is compared (`comparable` in values.ts). */
export type ValueTest = (value: QueryValue) => boolean;
export type Matcher = (document: Json) => boolean;

const ORDER: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function comparison({ type }: QueryField, operator: ComparisonOperator, value: QueryValue): ValueTest {
  const holds = ORDER[operator];
  if (type !== 'ip') return (each) => holds(compareValues(each, value));
  const text = String(value);
  const block = operator === '=' ? addressBlock(text) : undefined;
  if (block !== undefined) {
    return (each) => compareValues(each, block.first) >= 0 && compareValues(each, block.last) <= 0;
  }
  const key = addressKey(text);
  return key === undefined ? () => false : (each) => holds(compareValues(each, key));
}

/** What a condition asks of one value. */
export function valueTest(condition: Condition): ValueTest {
  if (condition.kind === 'compare') return comparison(condition.field, condition.operator, condition.value);
  const patterns = condition.patterns.map(wildcard);
  return (value) => patterns.some((each) => each(String(value)));
}

const some =
  (field: QueryField, test: ValueTest): Matcher =>
  (document) =>
    valuesAt(document, field).some(test);

/** The query made ready for many documents. */
export function matcher(query: Query): Matcher {
  switch (query.kind) {
    case 'all':
      return () => true;
    case 'and':
    case 'or': {
      const matchers = query.of.map(matcher);
      return query.kind === 'and'
        ? (document) => matchers.every((each) => each(document))
        : (document) => matchers.some((each) => each(document));
    }
    case 'not': {
      const inner = matcher(query.of);
      return (document) => !inner(document);
    }
    case 'compare':
    case 'in':
      return some(query.field, valueTest(query));
  }
}

/** Whether one document matches. */
export const matches = (query: Query, document: Json): boolean => matcher(query)(document);
