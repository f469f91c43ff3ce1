/**
 * beginsWith: the value begins with the argument. Captures nothing.
 *
 * Source: reference manual, "beginsWith".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const beginsWith: OperatorDefinition = predicate('beginsWith', (value, argument) =>
  value.startsWith(argument),
);
