/** Vectors of t:sqlHexDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "sqlHexDecode"; MySQL, hexadecimal literals: 0x and pairs of digits',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['0x41', 'A'],
        ['0x414243', 'ABC'],
        ['0X4a4B', 'JK'],
        ['0x00ff', '\x00\xff'],
        ['SELECT 0X41 x 0x42', 'SELECT A x B'],
        ['0x3c736372697074', '<script'],
        ['\x000x41\xff', '\x00A\xff'],
        ['0x41 '.repeat(20_000), 'A '.repeat(20_000)],
      ],
    },
    {
      source: 'ModSecurity 2: pairs of digits end the literal; what follows stays',
      cases: [
        ['0x414', 'A4'],
        ['0x41g', 'Ag'],
        ['0x4142zz', 'ABzz'],
        ['0x410x42', 'AB'],
        ['00x41', '0A'],
        ['0x0x41', '0xA'],
        ['x0x41x', 'xAx'],
      ],
    },
    {
      source: 'what is no literal stays',
      cases: [
        ['0', '0'],
        ['0x', '0x'],
        ['0x4', '0x4'],
        ['0xg1', '0xg1'],
        ['0x4g', '0x4g'],
        ['0 x41', '0 x41'],
        ['x41', 'x41'],
        ['414243', '414243'],
        ["x'41'", "x'41'"],
      ],
    },
    {
      source: 'one pass: what comes out is not decoded again',
      cases: [['0x3078343', '0x43']],
    },
  ],
};
