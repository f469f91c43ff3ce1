/**
 * trimLeft: white space (blank, \t, \n, \v, \f, \r) at the start goes away.
 *
 * Source: reference manual, "trimLeft".
 */
import { isSpace } from './ctype.ts';
import type { Transformation } from './transformation.ts';

/** The index of the first byte that is no white space; the length where there is none. */
export function spaceEnd(value: string): number {
  let start = 0;
  while (isSpace(value.charCodeAt(start))) start++;
  return start;
}

export const trimLeft: Transformation = { name: 'trimLeft', apply: (value) => value.slice(spaceEnd(value)) };
