/**
 * cssDecode: a backslash and one to six hexadecimal digits give the low byte of the number (full-width forms their
 * ASCII character) and take one following blank with them; a backslash before a newline goes away with it; before any
 * other character, and at the end, the backslash alone goes away.
 *
 * Source: reference manual, "cssDecode", after CSS 2.1 §4.1.3.
 */
import { lowByte } from './best-fit.ts';
import { byteOutput, takeBytes } from './byte-output.ts';
import { hexValue, isSpace } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const DIGITS_MAX = 6;

function hexDigitsAt(value: string, index: number): number {
  let digits = 0;
  while (digits < DIGITS_MAX && hexValue(value.charCodeAt(index + digits)) >= 0) digits++;
  return digits;
}

function apply(value: string): string {
  if (!value.includes('\\')) return value;
  const output = byteOutput(value.length);
  let count = 0;
  for (let index = 0; index < value.length; ) {
    const code = value.charCodeAt(index++);
    if (code !== BACKSLASH) {
      output[count++] = code;
      continue;
    }
    const digits = hexDigitsAt(value, index);
    if (digits > 0) {
      const number = Number.parseInt(value.slice(index, index + digits), 16);
      output[count++] = lowByte(number);
      index += digits;
      if (isSpace(value.charCodeAt(index))) index++;
    } else if (index < value.length) {
      const escaped = value.charCodeAt(index++);
      if (escaped !== NEWLINE) output[count++] = escaped;
    }
  }
  return takeBytes(output, count);
}

export const cssDecode: Transformation = { name: 'cssDecode', apply };
