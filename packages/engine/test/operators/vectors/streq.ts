/** Vectors of @streq. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "streq": byte for byte',
      cases: [
        ['', '', true],
        ['a', 'a', true],
        ['abc', 'abc', true],
        ['abc', 'ABC', false],
        ['abc', 'abcd', false],
        ['abcd', 'abc', false],
        ['abc', '', false],
        ['', 'abc', false],
        ['abc', 'abc ', false],
        ['abc', 'abc\n', false],
        ['a\x00b', 'a\x00b', true],
        ['a\x00b', 'a\x00c', false],
        ['a', 'a\x00', false],
        ['\xe9', '\xe9', true],
        ['\xe9', '\xc9', false],
        ['\xe9', '\xc3\xa9', false],
        ['a.c', 'abc', false],
        ['a'.repeat(70_000), 'a'.repeat(70_000), true],
      ],
    },
    {
      source: 'seclang.md §5 trap 26: an escaped quote is one quote (what the parser hands over)',
      cases: [['"', '"', true]],
    },
  ],
};
