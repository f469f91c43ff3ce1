/** Vectors of t:escapeSeqDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "escapeSeqDecode"; ISO C §6.4.4.4',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\\a\\b\\f\\n\\r\\t\\v', '\x07\b\f\n\r\t\v'],
        ['\\\\\\?\\\'\\"', '\\?\'"'],
        ['\\x41\\X42\\103', 'ABC'],
        ['\\xfF\\x00', '\xff\x00'],
        ['\\x411', 'A1'],
        ['\\0\\00\\000', '\x00\x00\x00'],
        ['\\0000', '\x000'],
        ['\\18', '\x018'],
        ['\\1\\12\\123', '\x01\nS'],
        ['\\x41'.repeat(40_000), 'A'.repeat(40_000)],
      ],
    },
    {
      source: 'ModSecurity 2: an octal escape above \\377 is its low byte',
      cases: [
        ['\\400', '\x00'],
        ['\\501', 'A'],
        ['\\777', '\xff'],
      ],
    },
    {
      source: 'ModSecurity 2: of an escape that is none the backslash goes, one at the end stays',
      cases: [
        ['\\e\\z', 'ez'],
        ['\\8\\9', '89'],
        ['\\x', 'x'],
        ['\\x4', 'x4'],
        ['\\xg1', 'xg1'],
        ['\\u0041', 'u0041'],
        ['\\\x00\\\xff', '\x00\xff'],
        ['\\ \\\n', ' \n'],
        ['\\', '\\'],
        ['a\\', 'a\\'],
        ['\\\\\\', '\\\\'],
        ['\x00\\n\xff', '\x00\n\xff'],
      ],
    },
    {
      source: 'one pass: what comes out is not decoded again',
      cases: [
        ['\\\\n', '\\n'],
        ['\\x5cn', '\\n'],
        ['\\134x41', '\\x41'],
      ],
    },
  ],
};
