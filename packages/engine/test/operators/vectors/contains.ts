/** Vectors of @contains. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "contains"; an empty argument is in every value (ModSecurity 2)',
      cases: [
        ['', '', true],
        ['', 'abc', true],
        ['a', 'a', true],
        ['b', 'abc', true],
        ['abc', 'abc', true],
        ['abcd', 'abc', false],
        ['b', '', false],
        ['B', 'abc', false],
        ['abc', 'ab', false],
        ['bc', 'abcbc', true],
        ['aab', 'aaaaab', true],
        ['\x00', 'a\x00b', true],
        ['b', 'a\x00b', true],
        ['\xe9', 'x\xe9', true],
        ['\xe9', 'x\xc9', false],
        ['.', 'abc', false],
        ['<h1 style="', 'x<h1 style="y', true],
        ['b', `${'a'.repeat(70_000)}b`, true],
      ],
    },
  ],
};
