/**
 * unconditionalMatch: matches every value. Captures nothing.
 *
 * Source: reference manual, "unconditionalMatch".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const unconditionalMatch: OperatorDefinition = predicate('unconditionalMatch', () => true);
