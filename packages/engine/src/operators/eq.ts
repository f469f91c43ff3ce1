/**
 * eq: the value, as an integer, is equal to the argument, as an integer. Captures nothing.
 *
 * Source: reference manual, "eq"; leading-integer.ts says what integer a text is.
 */
import { comparison } from './comparison.ts';
import type { OperatorDefinition } from './operator.ts';

export const eq: OperatorDefinition = comparison('eq', (value, limit) => value === limit);
