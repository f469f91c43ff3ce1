/** Vectors of @ge. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "ge"; texts are read as by eq',
      cases: [
        ['5', '5', true],
        ['5', '6', true],
        ['5', '4', false],
        ['1', '', false],
        ['0', '', true],
        ['0', 'abc', true],
        ['-1', '-1', true],
        ['-1', '-2', false],
        ['-1', '0', true],
        ['10', '9', false],
        ['10', '9abc', false],
        ['5', '5.9', true],
        ['abc', '-1', false],
        ['5', '99999999999999999999999999', true],
        ['5', '-99999999999999999999999999', false],
        ['2147483647', '2147483648', true],
        ['100', '\x00100', false],
      ],
    },
  ],
};
