/** Vectors of t:trim. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "trim": isspace of the C locale at both ends',
      cases: [
        ['', ''],
        [' ', ''],
        ['  ', ''],
        ['a', 'a'],
        ['a b', 'a b'],
        [' \t\n\v\f\ra b \r\f\v\n\t ', 'a b'],
        [' a', 'a'],
        ['a ', 'a'],
        ['\r\na\r\n', 'a'],
        ['\x00 a \x00', '\x00 a \x00'],
        [' \x00 ', '\x00'],
        ['\xa0a\xa0', '\xa0a\xa0'],
        ['\x85a\x85', '\x85a\x85'],
        ['\x1ca\x1f', '\x1ca\x1f'],
        ['\xef\xbb\xbfa', '\xef\xbb\xbfa'],
        ['%20a+', '%20a+'],
        [`${' '.repeat(40_000)}a${' '.repeat(40_000)}`, 'a'],
      ],
    },
  ],
};
