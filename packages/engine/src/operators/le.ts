/**
 * le: the value, as an integer, is at most the argument, as an integer. Captures nothing.
 *
 * Source: reference manual, "le"; leading-integer.ts says what integer a text is.
 */
import { comparison } from './comparison.ts';
import type { OperatorDefinition } from './operator.ts';

export const le: OperatorDefinition = comparison('le', (value, limit) => value <= limit);
