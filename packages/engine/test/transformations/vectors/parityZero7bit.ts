/** Vectors of t:parityZero7bit. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "parityZero7bit": the top bit of each byte becomes 0',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['abc', 'abc'],
        ['\x00', '\x00'],
        ['\x7f', '\x7f'],
        ['\x80', '\x00'],
        ['\x80\xe1\xff', '\x00a\x7f'],
        ['\xbc\xf3\xe3\xf2\xe9\xf0\xf4\xbe', '<script>'],
        ['\xc3\xa9', 'C)'],
        ['\xe1'.repeat(70_000), 'a'.repeat(70_000)],
      ],
    },
  ],
};
