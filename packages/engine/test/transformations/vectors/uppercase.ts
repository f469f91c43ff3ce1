/** Vectors of t:uppercase. Folding is that of the C locale: bytes above 0x7f are no letters. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'libmodsecurity reference manual, "uppercase": toupper of the C locale',
      cases: [
        ['', ''],
        ['a', 'A'],
        ['A', 'A'],
        ['TestCase', 'TESTCASE'],
        ['ALREADY UPPER 123', 'ALREADY UPPER 123'],
        ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
        ['a\x00z', 'A\x00Z'],
        ['z'.repeat(70_000), 'Z'.repeat(70_000)],
      ],
    },
    {
      source: 'ASCII (ANSI X3.4): the neighbours of the letters are none',
      cases: [
        ['`az{', '`AZ{'],
        ['@AZ[', '@AZ['],
        ['\x7f \t', '\x7f \t'],
      ],
    },
    {
      source: 'the C locale knows no letters above 0x7f; UTF-8 is not decoded',
      cases: [
        ['\xe0\xf6\xfe', '\xe0\xf6\xfe'],
        ['\xb5\xdf\xffa', '\xb5\xdf\xffA'],
        ['\xc3\xa9cole', '\xc3\xa9COLE'],
        ['\xc5\xbfi', '\xc5\xbfI'],
      ],
    },
  ],
};
