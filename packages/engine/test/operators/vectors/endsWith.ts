/** Vectors of @endsWith. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "endsWith"; an empty argument ends every value (ModSecurity 2)',
      cases: [
        ['', '', true],
        ['', 'abc', true],
        ['c', 'c', true],
        ['bc', 'abc', true],
        ['abc', 'abc', true],
        ['xabc', 'abc', false],
        ['abc', '', false],
        ['BC', 'abc', false],
        ['ab', 'abc', false],
        ['bc', 'abc ', false],
        ['bc', 'abc\n', false],
        ['\x00b', 'a\x00b', true],
        ['a', 'a\x00', false],
        ['\xff', '\xfe\xff', true],
        ['.example.org', 'www.example.org', true],
        ['a'.repeat(40_000), 'a'.repeat(70_000), true],
      ],
    },
  ],
};
