/** Vectors of t:lowercase. Folding is that of the C locale: bytes above 0x7f are no letters. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "lowercase": tolower of the C locale',
      cases: [
        ['', ''],
        ['A', 'a'],
        ['a', 'a'],
        ['TestCase', 'testcase'],
        ['already lower 123', 'already lower 123'],
        ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'],
        ['A\x00Z', 'a\x00z'],
        ['\x00', '\x00'],
        ['Z'.repeat(70_000), 'z'.repeat(70_000)],
      ],
    },
    {
      source: 'ASCII (ANSI X3.4): the neighbours of the letters are none',
      cases: [
        ['@AZ[', '@az['],
        ['`az{', '`az{'],
        ['0-9_~\x7f', '0-9_~\x7f'],
        [' \t\r\nA', ' \t\r\na'],
      ],
    },
    {
      source: 'the C locale knows no letters above 0x7f; UTF-8 is not decoded',
      cases: [
        ['\xc0\xd6\xde', '\xc0\xd6\xde'],
        ['\xc0A', '\xc0a'],
        ['\xffZ\x80', '\xffz\x80'],
        ['\xc3\x89COLE', '\xc3\x89cole'],
        ['\xe2\x84\xaa', '\xe2\x84\xaa'],
        ['\xc4\xb0I', '\xc4\xb0i'],
        ['%41%5A', '%41%5a'],
      ],
    },
  ],
};
