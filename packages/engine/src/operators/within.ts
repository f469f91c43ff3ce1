/**
 * within: the value occurs in the argument; an empty value in every argument. Captures nothing.
 *
 * Source: reference manual, "within".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const within: OperatorDefinition = predicate('within', (value, argument) => argument.includes(value));
