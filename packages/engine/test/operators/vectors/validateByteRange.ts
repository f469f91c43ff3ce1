/** Vectors of @validateByteRange. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "validateByteRange"; seclang.md §5 trap 13: it matches what is outside',
      cases: [
        ['1-255', 'abc\xff', false],
        ['1-255', 'a\x00', true],
        ['1-255', '\x00', true],
        ['32-126', '', false],
        ['32-126', ' ~', false],
        ['32-126', '\x1f', true],
        ['32-126', '\x7f', true],
        ['32-126', '\x80', true],
        ['10, 13,32-126', 'a\r\n', false],
        ['10,13,32-126', 'a\t', true],
        ['0-255', '\x00\xff', false],
        ['0', '\x00', false],
        ['0', '\x01', true],
        ['255', '\xff', false],
        ['65', 'A', false],
        ['65', 'AB', true],
        ['65-65', 'A', false],
        ['65,65-66', 'AB', false],
        [' 65 - 66 , 67 ', 'ABC', false],
        ['065', 'A', false],
        ['1-255', 'a'.repeat(70_000), false],
        ['1-255', `${'a'.repeat(70_000)}\x00`, true],
      ],
    },
    {
      source: 'CRS 920270 to 920274: the ranges of each paranoia level',
      cases: [
        ['9,10,13,32-126,128-255', 'a\x7f', true],
        ['32-36,38-126', '%', true],
        ['38,44-46,48-58,61,65-90,95,97-122', 'a&b=c', false],
        ['38,44-46,48-58,61,65-90,95,97-122', "a'", true],
      ],
    },
  ],
  refused: ['', '1-256', '256', '5-1', '1-2-3', 'a', '1,,2', '-1', '1-', '1,', '0x41', '1.5', '9999'],
};
