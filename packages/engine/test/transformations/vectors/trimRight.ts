/** Vectors of t:trimRight. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "trimRight": isspace of the C locale at the end',
      cases: [
        ['', ''],
        [' ', ''],
        ['a', 'a'],
        [' a \t\n\v\f\r', ' a'],
        [' a', ' a'],
        ['a \r\n', 'a'],
        ['a \x00', 'a \x00'],
        ['a\x00 ', 'a\x00'],
        ['a \xa0', 'a \xa0'],
        ['a\x85', 'a\x85'],
        ['a+', 'a+'],
        [' '.repeat(70_000), ''],
      ],
    },
  ],
};
