/** Vectors of t:base64Decode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'RFC 4648 §4 and §10: test vectors',
      cases: [
        ['', ''],
        ['Zg==', 'f'],
        ['Zm8=', 'fo'],
        ['Zm9v', 'foo'],
        ['Zm9vYg==', 'foob'],
        ['Zm9vYmE=', 'fooba'],
        ['Zm9vYmFy', 'foobar'],
        ['AA==', '\x00'],
        ['AP//', '\x00\xff\xff'],
        ['+/+/', '\xfb\xff\xbf'],
        ['QUFB'.repeat(20_000), 'AAA'.repeat(20_000)],
      ],
    },
    {
      source: 'ModSecurity 2 (apr_base64): an incomplete group gives the bytes that it holds',
      cases: [
        ['Q', ''],
        ['QQ', 'A'],
        ['QUI', 'AB'],
        ['QUJDR', 'ABC'],
        ['QUJDRA', 'ABCD'],
        ['QR==', 'A'],
      ],
    },
    {
      source:
        'RFC 2045 §6.8: line ends do not count (RATIONALE: ModSecurity 2 stops there, its successors do not)',
      cases: [
        ['QUJD\r\nQUJD', 'ABCABC'],
        ['QUJD\nQUJD', 'ABCABC'],
        ['\r\nQUJD', 'ABC'],
        ['Q\nU\nJ\nD', 'ABC'],
        ['QQ=\n=', 'A'],
        ['QUJD\r\n QUJD', 'ABC'],
      ],
    },
    {
      source: 'ModSecurity 2: it stops at the first byte that is not of the alphabet, padding too',
      cases: [
        ['=', ''],
        ['====', ''],
        [' QUJD', ''],
        ['QU JD', 'A'],
        ['QUI=QUI=', 'AB'],
        ['-_', ''],
        ['QUJD-_', 'ABC'],
        ['QUJD\x00QUJD', 'ABC'],
        ['\x00QUJD', ''],
        ['QUJD\xff', 'ABC'],
        ['QUJD%3D', 'ABC'],
        ['Q=', ''],
      ],
    },
  ],
};
