/**
 * within: the value occurs in the argument; an empty value in every argument. Captures nothing.
 *
 * Source: reference manual, "within".
 */
import { occursIn } from './occurrences.ts';
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const within: OperatorDefinition = predicate('within', (value, argument) => occursIn(argument, value));
