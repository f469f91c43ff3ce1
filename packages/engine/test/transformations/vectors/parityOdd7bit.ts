/** Vectors of t:parityOdd7bit. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "parityOdd7bit": the number of set bits of each byte becomes odd',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['b', 'b'],
        ['c', '\xe3'],
        ['abc', 'ab\xe3'],
        ['\x00', '\x80'],
        ['\x01', '\x01'],
        ['\x03', '\x83'],
        ['\x7f', '\x7f'],
        ['\x00\x7f', '\x80\x7f'],
        ['c'.repeat(70_000), '\xe3'.repeat(70_000)],
      ],
    },
    {
      source:
        'ModSecurity 2 counts all eight bits: a byte with its top bit set keeps it where its parity is even',
      cases: [
        ['\x80', '\x00'],
        ['\x81', '\x81'],
        ['\xff', '\xff'],
        ['\xe3', 'c'],
      ],
    },
  ],
};
