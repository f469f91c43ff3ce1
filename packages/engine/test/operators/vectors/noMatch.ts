/** Vectors of @noMatch. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "noMatch": always false',
      cases: [
        ['', '', false],
        ['', 'a', false],
        ['x', '', false],
        ['x', 'x', false],
        ['', '\x00', false],
        ['', '\xff', false],
        ['', '1', false],
        ['', 'a'.repeat(70_000), false],
      ],
    },
  ],
};
