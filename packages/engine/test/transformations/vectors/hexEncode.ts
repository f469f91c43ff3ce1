/** Vectors of t:hexEncode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "hexEncode": two lower-case digits a byte; RFC 4648 §8',
      cases: [
        ['', ''],
        ['a', '61'],
        ['Ab\x00\xff', '416200ff'],
        ['\x00', '00'],
        ['\x0f\xf0', '0ff0'],
        ['\x7f\x80', '7f80'],
        ['foobar', '666f6f626172'],
        [' \t\r\n', '20090d0a'],
        ['61', '3631'],
        ['A'.repeat(70_000), '41'.repeat(70_000)],
      ],
    },
  ],
};
