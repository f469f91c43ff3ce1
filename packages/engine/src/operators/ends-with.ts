/**
 * endsWith: the value ends with the argument. Captures nothing.
 *
 * Source: reference manual, "endsWith".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const endsWith: OperatorDefinition = predicate('endsWith', (value, argument) =>
  value.endsWith(argument),
);
