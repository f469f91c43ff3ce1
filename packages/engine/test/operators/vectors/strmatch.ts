/** Vectors of @strmatch. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "strmatch": as contains',
      cases: [
        ['', '', true],
        ['', 'abc', true],
        ['b', 'abc', true],
        ['abc', 'abc', true],
        ['abcd', 'abc', false],
        ['b', '', false],
        ['B', 'abc', false],
        ['WebZIP', 'User WebZIP/7', true],
        ['\x00', 'a\x00', true],
        ['b', 'a\x00b', true],
        ['\xff', '\xff', true],
        ['.*', 'abc', false],
        ['ab', 'aab', true],
        ['aaab', `${'a'.repeat(70_000)}b`, true],
      ],
    },
  ],
};
