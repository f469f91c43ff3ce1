/** Vectors of @eq. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "eq"',
      cases: [
        ['5', '5', true],
        ['5', '6', false],
        ['0', '0', true],
        ['5', '-5', false],
        ['-5', '-5', true],
        ['0', '-0', true],
        ['5', '005', true],
        ['10', '010', true],
      ],
    },
    {
      source:
        'ModSecurity 2 (atoi), seclang.md §5 trap 29: the integer that a text begins with, 0 where it begins with none',
      cases: [
        ['0', '', true],
        ['0', 'text', true],
        ['0', '\x005', true],
        ['5', '5abc', true],
        ['5', ' \t\n\v\f\r5', true],
        ['5', '+5', true],
        ['5', ' \t+5', true],
        ['0', '\xa05', true],
        ['0', '--5', true],
        ['0', '+-5', true],
        ['0', '- 5', true],
        ['0', '0x10', true],
        ['1', '1e3', true],
        ['5', '5.9', true],
        ['0', '.5', true],
        ['0', '\xb2', true],
        ['abc', '0', true],
        ['5abc', '5', true],
        ['', '0', true],
        ['', '1', false],
      ],
    },
    {
      source:
        'overflow saturates: C leaves it undefined (ISO C §7.22.1), and a long run of digits stays larger than a short one',
      cases: [
        ['9007199254740991', '99999999999999999999', true],
        ['4294967296', '0', false],
        ['0', '4294967296', false],
        ['2147483648', '-2147483648', false],
        ['0', '18446744073709551616', false],
        ['-9007199254740991', `-${'9'.repeat(70_000)}`, true],
        ['7', `${'0'.repeat(70_000)}7`, true],
      ],
    },
  ],
};
