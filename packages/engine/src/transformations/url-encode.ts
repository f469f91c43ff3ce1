/**
 * urlEncode: a blank gives `+`; letters, digits and `*` stay; every other byte gives `%hh`, in lower case.
 *
 * Source: reference manual, "urlEncode"; the safe set and the case are those of ModSecurity 2.
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import { isAlphanumeric } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const UNSAFE = /[^0-9A-Za-z*]/;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const ASTERISK = 0x2a;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

function apply(value: string): string {
  if (!UNSAFE.test(value)) return value;
  const output = byteOutput(3 * value.length);
  let count = 0;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code === SPACE) {
      output[count++] = PLUS;
    } else if (code === ASTERISK || isAlphanumeric(code)) {
      output[count++] = code;
    } else {
      output[count++] = PERCENT;
      output[count++] = HEX_DIGITS[code >> 4] ?? 0;
      output[count++] = HEX_DIGITS[code & 0x0f] ?? 0;
    }
  }
  return takeBytes(output, count);
}

export const urlEncode: Transformation = { name: 'urlEncode', apply };
