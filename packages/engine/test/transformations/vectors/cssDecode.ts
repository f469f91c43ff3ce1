/** Vectors of t:cssDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "cssDecode"; CSS 2.1 §4.1.3: one to six digits, and one blank that ends them',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\\41 B', 'AB'],
        ['\\41  B', 'A B'],
        ['\\041B', '\x1b'],
        ['\\000041B', 'AB'],
        ['\\0000411', 'A1'],
        ['\\41\tB\\41\nB\\41\fB\\41\vB\\41\rB', 'ABABABABAB'],
        ['\\a', '\n'],
        ['\\0', '\x00'],
        ['\\aG', '\nG'],
        ['\\4a\\4A', 'JJ'],
        ['\\41', 'A'],
        ['\\41 ', 'A'],
        ['\\41\xa0', 'A\xa0'],
        ['\\41 '.repeat(40_000), 'A'.repeat(40_000)],
      ],
    },
    {
      source: 'ModSecurity 2: a number is its low byte',
      cases: [
        ['\\123', '#'],
        ['\\1234', '4'],
        ['\\12345', 'E'],
        ['\\123456', 'V'],
        ['\\ffffff', '\xff'],
        ['\\110000', '\x00'],
      ],
    },
    {
      source: 'ModSecurity 2: full-width forms are their ASCII character, with leading zeros too',
      cases: [
        ['\\ff1c', '<'],
        ['\\FF1E', '>'],
        ['\\0ff1c\\00ff1c', '<<'],
        ['\\1ff1c ', '\x1c'],
        ['\\01ff1c', '\x1c'],
        ['\\ff00 ', '\x00'],
        ['\\ff5e \\ff5f ', '~\x5f'],
      ],
    },
    {
      source:
        'CSS 2.1 §4.1.3: a backslash before a newline goes with it; before another character it goes alone',
      cases: [
        ['ja\\vascript', 'javascript'],
        ['e\\xpression', 'expression'],
        ['a\\\nb', 'ab'],
        ['a\\\rb', 'a\rb'],
        ['a\\\r\nb', 'a\r\nb'],
        ['\\\\', '\\'],
        ['\\\\41', '\\41'],
        ['\\"\\\'', '"\''],
        ['\\\x00\\\xff', '\x00\xff'],
        ['\\g', 'g'],
      ],
    },
    {
      source: 'ModSecurity 2: a backslash at the end goes',
      cases: [
        ['\\', ''],
        ['a\\', 'a'],
        ['\\\\\\', '\\'],
      ],
    },
  ],
};
