/** Vectors of t:compressWhitespace. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "compressWhitespace": runs of 0x20, \\f, \\t, \\n, \\r, \\v and 0xA0 become one blank',
      cases: [
        ['', ''],
        [' ', ' '],
        ['\t', ' '],
        ['\n', ' '],
        ['\v', ' '],
        ['\f', ' '],
        ['\r', ' '],
        ['\xa0', ' '],
        ['a', 'a'],
        ['a b', 'a b'],
        ['a  b', 'a b'],
        ['a \t\n\v\f\r\xa0b', 'a b'],
        ['  a  ', ' a '],
        ['\ta\xa0', ' a '],
        ['a\r\nb\r\nc', 'a b c'],
        [' \x00 ', ' \x00 '],
        ['\x85\x85', '\x85\x85'],
        ['\x08\x0e\x1c\x1f', '\x08\x0e\x1c\x1f'],
        ['\xc2\xa0\xa0', '\xc2 '],
        ['\xe2\x80\x83\xe2\x80\x83', '\xe2\x80\x83\xe2\x80\x83'],
        ['%20%20', '%20%20'],
        [' '.repeat(70_000), ' '],
      ],
    },
  ],
};
