/**
 * noMatch: matches no value.
 *
 * Source: reference manual, "noMatch".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const noMatch: OperatorDefinition = predicate('noMatch', () => false);
