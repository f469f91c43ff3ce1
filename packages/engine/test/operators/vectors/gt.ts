/** Vectors of @gt. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "gt"; texts are read as by eq',
      cases: [
        ['5', '6', true],
        ['5', '5', false],
        ['5', '4', false],
        ['-1', '', true],
        ['0', '', false],
        ['-2', '-1', true],
        ['-1', '-2', false],
        ['9', '10', true],
        ['5', '5.9', false],
        ['5', '6abc', true],
        ['abc', '1', true],
        ['1000', '99999999999999999999999999', true],
        ['2147483647', '2147483648', true],
        ['2147483647', '4294967296', true],
        ['0', '-99999999999999999999999999', false],
        ['0', '\xff1', false],
      ],
    },
  ],
};
