/** Vectors of @within. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'reference manual, "within": the value occurs in the argument (seclang.md §5 trap 11: as a substring)',
      cases: [
        ['GET,POST', 'GET', true],
        ['GET,POST', 'POST', true],
        ['GET,POST', 'T,P', true],
        ['GET,POST', 'GET,POST', true],
        ['GET,POST', 'get', false],
        ['GET,POST', 'PUT', false],
        ['GET,POST', 'GET ', false],
        ['GET,POST', 'GET,POSTS', false],
        ['a', 'a', true],
        ['a', 'aa', false],
        ['|a|b|', '|b|', true],
        ['|ab|', '|b|', false],
        ['a\x00b', '\x00', true],
        ['a', '\x00', false],
        ['\xe9', '\xe9', true],
        ['\xe9', '\xc9', false],
        ['a'.repeat(70_000), 'a'.repeat(40_000), true],
      ],
    },
    {
      source: 'ModSecurity 2: an empty value is within every argument',
      cases: [
        ['GET,POST', '', true],
        ['', '', true],
        ['', 'x', false],
      ],
    },
  ],
};
