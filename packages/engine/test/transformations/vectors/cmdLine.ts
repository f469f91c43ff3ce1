/** Vectors of t:cmdLine. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "cmdLine": \\ " \' ^ go away, letters become lower case',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['^', ''],
        ['c^m"d\'\\', 'cmd'],
        ['C^OMMAND', 'command'],
        ['"command"', 'command'],
        ['c\\a\\t', 'cat'],
        ['w\'h\'o"a"mi', 'whoami'],
        ['`$|&<>', '`$|&<>'],
        ['^'.repeat(70_000), ''],
      ],
    },
    {
      source: 'reference manual, "cmdLine": commas, semicolons and runs of white space become one blank',
      cases: [
        ['WGET  ,;\t\r\n x', 'wget x'],
        [',', ' '],
        [';', ' '],
        ['a;b,c', 'a b c'],
        [' a ', ' a '],
        ['a ^ b', 'a b'],
        ["a ',' b", 'a b'],
        ['a\vb\fc', 'a\vb\fc'],
        ['a\xa0b', 'a\xa0b'],
      ],
    },
    {
      source: 'reference manual, "cmdLine": blanks before / and ( go away',
      cases: [
        ['cmd /c dir (x', 'cmd/c dir(x'],
        ['cmd,/c', 'cmd/c'],
        ['cmd;;;(c', 'cmd(c'],
        ['cmd ^ ^/c', 'cmd/c'],
        [' /', '/'],
        [' (', '('],
        ['/ (', '/('],
        ['a / b', 'a/ b'],
        ['a )', 'a )'],
      ],
    },
    {
      source:
        'the C locale knows no letters above 0x7f; bytes after a NUL count (RATIONALE: ModSecurity 2 stops there)',
      cases: [
        ['\xc0\xdeA', '\xc0\xdea'],
        ['A\x00B\xc0', 'a\x00b\xc0'],
        ['\x00 \x00', '\x00 \x00'],
      ],
    },
  ],
};
