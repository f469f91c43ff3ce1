/** Vectors of t:length. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "length": bytes, in decimal digits',
      cases: [
        ['', '0'],
        ['a', '1'],
        ['\x00', '1'],
        ['\x00\xff', '2'],
        ['0123456789', '10'],
        ['\xc3\xa9', '2'],
        ['\xf0\x9f\x98\x80', '4'],
        ['%41', '3'],
        ['\r\n', '2'],
        [' '.repeat(99), '99'],
        ['a'.repeat(65_536), '65536'],
        ['a'.repeat(1_000_000), '1000000'],
      ],
    },
  ],
};
