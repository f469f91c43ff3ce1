/** Vectors of t:trimLeft. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "trimLeft": isspace of the C locale at the start',
      cases: [
        ['', ''],
        [' ', ''],
        ['a', 'a'],
        [' \t\n\v\f\ra ', 'a '],
        ['a ', 'a '],
        ['\r\n a', 'a'],
        ['\x00 a', '\x00 a'],
        [' \x00a', '\x00a'],
        ['\xa0 a', '\xa0 a'],
        ['\x85a', '\x85a'],
        ['+a', '+a'],
        [' '.repeat(70_000), ''],
      ],
    },
  ],
};
