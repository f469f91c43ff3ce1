/**
 * strmatch: the argument occurs in the value, as contains. Captures nothing.
 *
 * Source: reference manual, "strmatch".
 */
import { occursIn } from './occurrences.ts';
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const strmatch: OperatorDefinition = predicate('strmatch', occursIn);
