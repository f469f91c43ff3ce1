/** Vectors of @rxGlobal. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'libmodsecurity reference manual, "rxGlobal": all matches, their groups one behind another in TX.0 to TX.9',
      cases: [
        ['(\\d)x', '1x 2x', ['1x', '1', '2x', '2']],
        ['(\\d)x', '1x', ['1x', '1']],
        ['(\\d)x', 'x', false],
        ['(\\d)x', '', false],
        ['a', 'aaa', ['a', 'a', 'a']],
        ['a', 'A', false],
        ['a', '\x00a\x00a', ['a', 'a']],
        ['\\xff', '\xff\xff', ['\xff', '\xff']],
        ['(a)|(b)', 'ba', ['b', undefined, 'b', 'a', 'a', undefined]],
        ['aa', 'aaa', ['aa']],
        ['^a', 'aaa', ['a']],
        ['\\ba', 'aa a', ['a', 'a']],
        ['(?<!x)a', 'axa', ['a']],
        ['a$', 'aa', ['a']],
      ],
    },
    {
      source: 'no more than ten captures (TX.9)',
      cases: [
        ['\\d', '0123456789ab', [...'0123456789']],
        ['(\\d)x', '1x2x3x4x5x6x7x', ['1x', '1', '2x', '2', '3x', '3', '4x', '4', '5x', '5']],
        ['a', 'a'.repeat(70_000), Array<string>(10).fill('a')],
      ],
    },
    {
      source: "a pattern that matches nothing ends at the value's end",
      cases: [
        ['', '', ['']],
        ['a*', 'b', ['', '']],
        ['^a', 'ba', false],
        ['a??', 'aa', ['', '', '']],
      ],
    },
  ],
  refused: ['(', '['],
};
