/** Vectors of t:utf8toUnicode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "utf8toUnicode"; RFC 3629 §3: %u and at least four lower-case digits',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['\x7f', '\x7f'],
        ['\xc2\x80', '%u0080'],
        ['\xc3\xa9', '%u00e9'],
        ['\xdf\xbf', '%u07ff'],
        ['\xe0\xa0\x80', '%u0800'],
        ['\xe2\x82\xac', '%u20ac'],
        ['\xef\xbc\x9c', '%uff1c'],
        ['\xef\xbf\xbf', '%uffff'],
        ['\xed\x9f\xbf\xee\x80\x80', '%ud7ff%ue000'],
        ['\xf0\x90\x80\x80', '%u10000'],
        ['\xf0\x9f\x98\x80', '%u1f600'],
        ['\xf4\x8f\xbf\xbf', '%u10ffff'],
        ['a\xc3\xa9b', 'a%u00e9b'],
        ['%u00e9', '%u00e9'],
        ['\xc3\xa9'.repeat(20_000), '%u00e9'.repeat(20_000)],
      ],
    },
    {
      source:
        'ModSecurity 2: after an overlong sequence or a surrogate (RFC 3629 §3 forbids both) its lead byte follows',
      cases: [
        ['\xc0\xaf', '%u002f\xc0'],
        ['\xc1\x81', '%u0041\xc1'],
        ['\xc0\x80', '%u0000\xc0'],
        ['\xe0\x80\xaf', '%u002f\xe0'],
        ['\xe0\x9f\xbf', '%u07ff\xe0'],
        ['\xf0\x80\x80\xaf', '%u002f\xf0'],
        ['\xf0\x8f\xbf\xbf', '%uffff\xf0'],
        ['\xed\xa0\x80', '%ud800\xed'],
        ['\xed\xbf\xbf', '%udfff\xed'],
      ],
    },
    {
      source: 'ModSecurity 2: a lead byte without its continuation goes, any other byte stays',
      cases: [
        ['a\xc3', 'a'],
        ['\xc3', ''],
        ['\xe2\x82', '\x82'],
        ['\xe2\x82x', '\x82x'],
        ['\xf0\x9f\x98', '\x9f\x98'],
        ['\xc3\xc3\xa9', '%u00e9'],
        ['\x80', '\x80'],
        ['\x80\xff', '\x80\xff'],
        ['\xf8\xfe', '\xf8\xfe'],
        ['\xc3\xa9\xa9', '%u00e9\xa9'],
      ],
    },
    {
      source: 'ModSecurity 2: leads from 0xf5 on stay before their number (RFC 3629 ends at U+10FFFF)',
      cases: [
        ['\xf5\x80\x80\x80', '\xf5%u140000'],
        ['\xf7\xbf\xbf\xbf', '\xf7%u1fffff'],
        ['\xf5', '\xf5'],
      ],
    },
    {
      source: 'NUL is a byte as any other (ModSecurity 2 drops it, by an error)',
      cases: [
        ['\x00', '\x00'],
        ['a\x00b', 'a\x00b'],
        ['\x00\xc3\xa9\x00', '\x00%u00e9\x00'],
      ],
    },
  ],
};
