/**
 * lt: the value, as an integer, is less than the argument, as an integer. Captures nothing.
 *
 * Source: reference manual, "lt"; leading-integer.ts says what integer a text is.
 */
import { comparison } from './comparison.ts';
import type { OperatorDefinition } from './operator.ts';

export const lt: OperatorDefinition = comparison('lt', (value, limit) => value < limit);
