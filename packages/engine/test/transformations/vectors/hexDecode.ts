/** Vectors of t:hexDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "hexDecode"; RFC 4648 §8',
      cases: [
        ['', ''],
        ['61', 'a'],
        ['416200fF', 'Ab\x00\xff'],
        ['00', '\x00'],
        ['7F80', '\x7f\x80'],
        ['666F6f626172', 'foobar'],
        ['3631', '61'],
        ['41'.repeat(70_000), 'A'.repeat(70_000)],
      ],
    },
    {
      source: 'ModSecurity 2: a last digit alone is left out',
      cases: [
        ['4', ''],
        ['414', 'A'],
        ['z', ''],
      ],
    },
    {
      source: 'ModSecurity 2: a pair is converted without a look at its digits',
      cases: [
        ['zz', '\x53'],
        ['4z', '\x63'],
        ['g0', '\x00'],
        ['  ', '\xf0'],
        ['\x00\x00', '\xd0'],
        ['\xff\xff', '('],
      ],
    },
  ],
};
