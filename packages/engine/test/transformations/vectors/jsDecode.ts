/** Vectors of t:jsDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "jsDecode"; ECMA-262 §12.9.4: single character escapes',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\\a\\b\\f\\n\\r\\t\\v', '\x07\b\f\n\r\t\v'],
        ['\\\\\\\'\\"\\?\\q', '\\\'"?q'],
        ['\\/\\<', '/<'],
        ['\\\x00\\\xff', '\x00\xff'],
        ['\\\n', '\n'],
        ['\\N\\T\\A', 'NTA'],
      ],
    },
    {
      source:
        'reference manual, "jsDecode": \\uHHHH gives its low byte, full-width forms their ASCII character',
      cases: [
        ['\\u0041', 'A'],
        ['\\u0000', '\x00'],
        ['\\u00FF', '\xff'],
        ['\\u123c', '<'],
        ['\\uff1c\\uFF1E', '<>'],
        ['\\uff01\\uff5e', '!~'],
        ['\\uff5f\\uff00', '\x5f\x00'],
        ['\\uffff', '\xff'],
        ['\\u2019', '\x19'],
        ['\\u00411', 'A1'],
        ['\\u0041'.repeat(40_000), 'A'.repeat(40_000)],
      ],
    },
    {
      source: 'reference manual, "jsDecode": \\xHH and \\OOO',
      cases: [
        ['\\x42\\103', 'BC'],
        ['\\x00\\xfF', '\x00\xff'],
        ['\\x411', 'A1'],
        ['\\0\\00\\000', '\x00\x00\x00'],
        ['\\0000', '\x000'],
        ['\\08\\1a', '\x008\x01a'],
        ['\\377', '\xff'],
        ['\\101\\60', 'A0'],
      ],
    },
    {
      source: 'ModSecurity 2: three octal digits that are more than a byte are two; ECMA-262 Annex B.1.2',
      cases: [
        ['\\400', '\x200'],
        ['\\777', '\x3f7'],
        ['\\4', '\x04'],
        ['\\47', '\x27'],
        ['\\477', '\x277'],
      ],
    },
    {
      source:
        'ModSecurity 2: of an escape that is cut short or wrong the backslash goes, one at the end stays',
      cases: [
        ['\\u', 'u'],
        ['\\u0', 'u0'],
        ['\\u004', 'u004'],
        ['\\u00g1', 'u00g1'],
        ['\\u{41}', 'u{41}'],
        ['\\U0041', 'U0041'],
        ['\\x', 'x'],
        ['\\x4', 'x4'],
        ['\\xg1', 'xg1'],
        ['\\X41', 'X41'],
        ['\\8\\9', '89'],
        ['\\', '\\'],
        ['a\\', 'a\\'],
        ['\\\\\\', '\\\\'],
      ],
    },
    {
      source: 'one pass: what comes out is not decoded again',
      cases: [
        ['\\\\x41', '\\x41'],
        ['\\x5cx41', '\\x41'],
        ['\\134u0041', '\\u0041'],
      ],
    },
  ],
};
