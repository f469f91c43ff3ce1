/**
 * contains: the argument occurs in the value; an empty argument in every value. Captures nothing.
 *
 * Source: reference manual, "contains".
 */
import { occursIn } from './occurrences.ts';
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const contains: OperatorDefinition = predicate('contains', occursIn);
