/** Vectors of t:parityEven7bit. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "parityEven7bit": the number of set bits of each byte becomes even',
      cases: [
        ['', ''],
        ['a', '\xe1'],
        ['b', '\xe2'],
        ['c', 'c'],
        ['abc', '\xe1\xe2c'],
        ['\x00', '\x00'],
        ['\x01', '\x81'],
        ['\x03', '\x03'],
        ['\x7f', '\xff'],
        ['\x00\x7f', '\x00\xff'],
        ['a'.repeat(70_000), '\xe1'.repeat(70_000)],
      ],
    },
    {
      source:
        'ModSecurity 2 counts all eight bits: a byte with its top bit set keeps it where its parity is odd',
      cases: [
        ['\x80', '\x80'],
        ['\x81', '\x01'],
        ['\xff', '\x7f'],
        ['\xe1', 'a'],
      ],
    },
  ],
};
