/**
 * parityEven7bit: the top bit of each byte becomes its even parity.
 *
 * Source: reference manual, "parityEven7bit"; see parity.ts.
 */
import { withParity } from './parity.ts';
import type { Transformation } from './transformation.ts';

export const parityEven7bit: Transformation = {
  name: 'parityEven7bit',
  apply: (value) => withParity(value, true),
};
