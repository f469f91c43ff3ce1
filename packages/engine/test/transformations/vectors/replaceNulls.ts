/** Vectors of t:replaceNulls. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "replaceNulls": each NUL byte becomes a blank',
      cases: [
        ['', ''],
        ['\x00', ' '],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\x00a\x00\x00b', ' a  b'],
        ['a\x00', 'a '],
        ['\x01\x00\xff', '\x01 \xff'],
        ['%00', '%00'],
        ['\xc0\x80', '\xc0\x80'],
        [' \x00 ', '   '],
        ['\x00'.repeat(70_000), ' '.repeat(70_000)],
      ],
    },
  ],
};
