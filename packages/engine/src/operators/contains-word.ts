/**
 * containsWord: the argument occurs in the value with no letter, digit or underscore directly before or after it.
 * Captures nothing.
 *
 * Source: reference manual, "containsWord"; an empty argument matches every value, as in ModSecurity 2.
 */
import { isWordByte } from '../transformations/ctype.ts';
import { occurrences } from './occurrences.ts';
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

function holds(value: string, word: string): boolean {
  if (word === '') return true;
  for (const start of occurrences(value, word)) {
    const end = start + word.length;
    if (!isWordByte(value.charCodeAt(start - 1)) && !isWordByte(value.charCodeAt(end))) return true;
  }
  return false;
}

export const containsWord: OperatorDefinition = predicate('containsWord', holds);
