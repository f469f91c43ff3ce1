/**
 * parityZero7bit: the top bit of each byte becomes 0.
 *
 * Source: reference manual, "parityZero7bit".
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import type { Transformation } from './transformation.ts';

const TOP_BIT = /[\x80-\xff]/;

function apply(value: string): string {
  if (!TOP_BIT.test(value)) return value;
  const output = byteOutput(value.length);
  for (let index = 0; index < value.length; index++) output[index] = value.charCodeAt(index) & 0x7f;
  return takeBytes(output, value.length);
}

export const parityZero7bit: Transformation = { name: 'parityZero7bit', apply };
