/** Vectors of @unconditionalMatch. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "unconditionalMatch": always true',
      cases: [
        ['', '', true],
        ['', 'a', true],
        ['x', '', true],
        ['x', 'y', true],
        ['', '\x00', true],
        ['', '\xff', true],
        ['', '0', true],
        ['', 'a'.repeat(70_000), true],
      ],
    },
  ],
};
