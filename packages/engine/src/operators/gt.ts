/**
 * gt: the value, as an integer, is greater than the argument, as an integer. Captures nothing.
 *
 * Source: reference manual, "gt"; leading-integer.ts says what integer a text is.
 */
import { comparison } from './comparison.ts';
import type { OperatorDefinition } from './operator.ts';

export const gt: OperatorDefinition = comparison('gt', (value, limit) => value > limit);
