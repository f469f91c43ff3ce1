/**
 * strmatch: the argument occurs in the value, as contains. Captures nothing.
 *
 * Source: reference manual, "strmatch".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const strmatch: OperatorDefinition = predicate('strmatch', (value, argument) =>
  value.includes(argument),
);
