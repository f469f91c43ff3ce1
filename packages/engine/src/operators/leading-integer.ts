/** Numbers as the numeric operators read them: C's `atoi`, without its overflow. */
import { isDigit, isSpace } from '../transformations/ctype.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;

/**
 * The integer that `text` begins with, after white space and a sign: "5abc" is 5, "" and "abc" are 0. Saturates at
 * the safe integers, so that a long run of digits stays larger than a short one.
 */
export function leadingInteger(text: string): number {
  let index = 0;
  while (isSpace(text.charCodeAt(index))) index++;
  const sign = text.charCodeAt(index);
  if (sign === PLUS || sign === MINUS) index++;
  let magnitude = 0;
  for (; isDigit(text.charCodeAt(index)) && magnitude < Number.MAX_SAFE_INTEGER; index++) {
    magnitude = Math.min(magnitude * 10 + (text.charCodeAt(index) - ZERO), Number.MAX_SAFE_INTEGER);
  }
  // Not `-magnitude` alone: -0 is not 0 for Object.is.
  return sign === MINUS && magnitude > 0 ? -magnitude : magnitude;
}
