/** Vectors of t:removeWhitespace. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "removeWhitespace": isspace of the C locale',
      cases: [
        ['', ''],
        [' ', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        [' a b ', 'ab'],
        ['a\tb\nc\vd\fe\rf', 'abcdef'],
        ['\r\n\r\n', ''],
        ['a \x00 b', 'a\x00b'],
        ['\x08\x0e\x1f\x1c', '\x08\x0e\x1f\x1c'],
        ['%20+', '%20+'],
        [' '.repeat(70_000), ''],
      ],
    },
    {
      source: 'ModSecurity 2: 0xA0, the no-break space of ISO 8859-1, is white space too',
      cases: [
        ['\xa0', ''],
        ['a\xa0b', 'ab'],
        ['\xc2\xa0', '\xc2'],
        ['\x85', '\x85'],
        ['\xe2\x80\x83', '\xe2\x80\x83'],
      ],
    },
  ],
};
