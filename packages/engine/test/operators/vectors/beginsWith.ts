/** Vectors of @beginsWith. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "beginsWith"; an empty argument begins every value (ModSecurity 2)',
      cases: [
        ['', '', true],
        ['', 'abc', true],
        ['a', 'a', true],
        ['ab', 'abc', true],
        ['abc', 'abc', true],
        ['abcd', 'abc', false],
        ['abc', '', false],
        ['AB', 'abc', false],
        ['bc', 'abc', false],
        ['ab', ' abc', false],
        ['a\x00', 'a\x00b', true],
        ['a\x00b', 'a', false],
        ['\xff', '\xff\xfe', true],
        ['\xe9', '\xc9', false],
        ['a'.repeat(40_000), 'a'.repeat(70_000), true],
      ],
    },
  ],
};
