/** Vectors of @le. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "le"; texts are read as by eq',
      cases: [
        ['5', '5', true],
        ['5', '4', true],
        ['5', '6', false],
        ['0', '', true],
        ['-1', '', false],
        ['-1', '-1', true],
        ['-1', '-2', true],
        ['10', '9', true],
        ['9', '10', false],
        ['5', '5.9', true],
        ['abc', '0', true],
        ['1', '99999999999999999999999999', false],
        ['1', '-99999999999999999999999999', true],
        ['2147483647', '2147483648', false],
        ['0', 'text', true],
        ['0', '\x009', true],
        ['-1', '\xb9', false],
      ],
    },
  ],
};
