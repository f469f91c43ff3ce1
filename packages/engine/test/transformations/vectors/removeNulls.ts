/** Vectors of t:removeNulls. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "removeNulls": all NUL bytes',
      cases: [
        ['', ''],
        ['\x00', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\x00a\x00\x00b\x00', 'ab'],
        ['a\x00', 'a'],
        ['\x00a', 'a'],
        ['\x01\x00\xff', '\x01\xff'],
        ['%00', '%00'],
        ['\\0', '\\0'],
        ['0', '0'],
        ['\xc0\x80', '\xc0\x80'],
        ['\x00a'.repeat(40_000), 'a'.repeat(40_000)],
        ['\x00'.repeat(70_000), ''],
      ],
    },
  ],
};
