/**
 * trimRight: white space (blank, \t, \n, \v, \f, \r) at the end goes away.
 *
 * Source: reference manual, "trimRight".
 */
import { isSpace } from './ctype.ts';
import type { Transformation } from './transformation.ts';

/** The index after the last byte that is no white space; 0 where there is none. */
export function spaceStart(value: string): number {
  let end = value.length;
  while (end > 0 && isSpace(value.charCodeAt(end - 1))) end--;
  return end;
}

export const trimRight: Transformation = {
  name: 'trimRight',
  apply: (value) => value.slice(0, spaceStart(value)),
};
