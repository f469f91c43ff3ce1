/** Vectors of @containsWord. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'reference manual, "containsWord": word boundaries around; ModSecurity 2: letters, digits and _ are of a word',
      cases: [
        ['abc', 'abc', true],
        ['abc', 'x abc y', true],
        ['abc', '-abc-', true],
        ['abc', '\tabc\n', true],
        ['abc', '\x00abc\x00', true],
        ['abc', '\xe9abc\xe9', true],
        ['abc', '(abc)', true],
        ['abc', 'xabc', false],
        ['abc', 'abcx', false],
        ['abc', 'abc1', false],
        ['abc', '1abc', false],
        ['abc', '_abc_', false],
        ['abc', 'abc_', false],
        ['abc', 'ABC', false],
        ['abc', '', false],
        ['abc', 'ab', false],
        ['a', 'a', true],
        ['a', 'b', false],
      ],
    },
    {
      source: 'a later occurrence counts where an earlier one is part of a word',
      cases: [
        ['abc', 'abcd abc', true],
        ['abc', 'xabc abcx abc', true],
        ['aa', 'aaa aa', true],
        ['aa', 'aaa', false],
        ['a a', 'xa a a', true],
        ['-', 'a-b', false],
        ['-', 'a - b', true],
        ['ab', `${'aab'.repeat(20_000)} ab`, true],
      ],
    },
    {
      source: 'ModSecurity 2: an empty argument is in every value',
      cases: [
        ['', '', true],
        ['', 'abc', true],
      ],
    },
  ],
};
