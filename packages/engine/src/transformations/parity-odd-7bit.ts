/**
 * parityOdd7bit: the top bit of each byte becomes its odd parity.
 *
 * Source: reference manual, "parityOdd7bit"; see parity.ts.
 */
import { withParity } from './parity.ts';
import type { Transformation } from './transformation.ts';

export const parityOdd7bit: Transformation = {
  name: 'parityOdd7bit',
  apply: (value) => withParity(value, false),
};
