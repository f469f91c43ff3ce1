/**
 * sqlHexDecode: `0x` and pairs of hexadecimal digits give those bytes, as MySQL reads them; anything else stays.
 *
 * Source: reference manual, "sqlHexDecode".
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import { hexByteAt } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const HEX_LITERAL = /0[xX][0-9a-fA-F]{2}/;
const ZERO = 0x30;
const LOWER_X = 0x78;

function apply(value: string): string {
  if (!HEX_LITERAL.test(value)) return value;
  const output = byteOutput(value.length);
  let count = 0;
  for (let index = 0; index < value.length; ) {
    const code = value.charCodeAt(index);
    const literal = code === ZERO && (value.charCodeAt(index + 1) | 0x20) === LOWER_X;
    let byte = literal ? hexByteAt(value, index + 2) : -1;
    if (byte < 0) {
      output[count++] = code;
      index++;
      continue;
    }
    for (index += 2; byte >= 0; byte = hexByteAt(value, index)) {
      output[count++] = byte;
      index += 2;
    }
  }
  return takeBytes(output, count);
}

export const sqlHexDecode: Transformation = { name: 'sqlHexDecode', apply };
