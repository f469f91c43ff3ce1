/** Vectors of @lt. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "lt"; texts are read as by eq',
      cases: [
        ['5', '4', true],
        ['5', '5', false],
        ['5', '6', false],
        ['1', '', true],
        ['0', '', false],
        ['0', '-1', true],
        ['-1', '-2', true],
        ['-2', '-1', false],
        ['10', '9', true],
        ['6', '5.9', true],
        ['abc', '-1', true],
        ['1', '-99999999999999999999999999', true],
        ['1', '99999999999999999999999999', false],
        ['2147483648', '2147483647', true],
        ['-2147483648', '4294967296', false],
        ['1', 'text', true],
        ['1', '\x009', true],
        ['0', '\xb9', false],
      ],
    },
  ],
};
