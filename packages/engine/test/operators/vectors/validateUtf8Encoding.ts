/** Vectors of @validateUtf8Encoding. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'RFC 3629 §4 and §3: sequences that are valid, at the ends of their ranges',
      cases: [
        ['', '', false],
        ['', 'plain', false],
        ['', '\x00', false],
        ['', '\x7f', false],
        ['', '\xc2\x80', false],
        ['', '\xdf\xbf', false],
        ['', '\xe0\xa0\x80', false],
        ['', '\xed\x9f\xbf', false],
        ['', '\xee\x80\x80', false],
        ['', '\xef\xbf\xbf', false],
        ['', '\xf0\x90\x80\x80', false],
        ['', '\xf4\x8f\xbf\xbf', false],
        ['', '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80', false],
        ['', '\xef\xbb\xbfa', false],
        ['', '\xc3\xa9'.repeat(40_000), false],
      ],
    },
    {
      source: 'reference manual, "validateUtf8Encoding": not enough bytes, invalid bytes',
      cases: [
        ['', '\xc3', true],
        ['', 'a\xe2\x82', true],
        ['', '\xf0\x9f\x98', true],
        ['', '\xc3a', true],
        ['', '\xe2\x82a', true],
        ['', '\xc3\xc3\xa9', true],
        ['', '\x80', true],
        ['', '\xbf', true],
        ['', '\xc3\xa9\xa9', true],
        ['', '\xfe', true],
        ['', '\xff', true],
        ['', '\xf8\x88\x80\x80\x80', true],
        ['', `${'\xc3\xa9'.repeat(40_000)}\xc3`, true],
      ],
    },
    {
      source: 'reference manual: overlong characters; RFC 3629 §3 and §10',
      cases: [
        ['', '\xc0\x80', true],
        ['', '\xc0\xaf', true],
        ['', '\xc1\xbf', true],
        ['', '\xe0\x80\xaf', true],
        ['', '\xe0\x9f\xbf', true],
        ['', '\xf0\x80\x80\xaf', true],
        ['', '\xf0\x8f\xbf\xbf', true],
      ],
    },
    {
      source: 'reference manual: restricted characters; RFC 3629 §3: surrogates, numbers beyond U+10FFFF',
      cases: [
        ['', '\xed\xa0\x80', true],
        ['', '\xed\xbf\xbf', true],
        ['', '\xf4\x90\x80\x80', true],
        ['', '\xf5\x80\x80\x80', true],
        ['', '\xf7\xbf\xbf\xbf', true],
      ],
    },
  ],
};
