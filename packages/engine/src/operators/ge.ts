/**
 * ge: the value, as an integer, is at least the argument, as an integer. Captures nothing.
 *
 * Source: reference manual, "ge"; leading-integer.ts says what integer a text is.
 */
import { comparison } from './comparison.ts';
import type { OperatorDefinition } from './operator.ts';

export const ge: OperatorDefinition = comparison('ge', (value, limit) => value >= limit);
