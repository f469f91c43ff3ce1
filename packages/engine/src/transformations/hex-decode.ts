/**
 * hexDecode: each two digits give a byte; a last digit alone is left out.
 *
 * Source: reference manual, "hexDecode", and ModSecurity 2, which looks at no digit before it converts it: other
 * characters give a byte by the same sum, cut to eight bits.
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import type { Transformation } from './transformation.ts';

const UPPER_A = 0x41;
const ZERO = 0x30;

const digit = (code: number): number => (code >= UPPER_A ? (code & 0xdf) - UPPER_A + 10 : code - ZERO);

function apply(value: string): string {
  const output = byteOutput(value.length);
  let count = 0;
  for (let index = 0; index + 1 < value.length; index += 2) {
    output[count++] = (digit(value.charCodeAt(index)) * 16 + digit(value.charCodeAt(index + 1))) & 0xff;
  }
  return takeBytes(output, count);
}

export const hexDecode: Transformation = { name: 'hexDecode', apply };
