/** Vectors of t:base64DecodeExt. */
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
        ['Zm9vYmFy', 'foobar'],
        ['AP//', '\x00\xff\xff'],
        ['QUFB'.repeat(20_000), 'AAA'.repeat(20_000)],
      ],
    },
    {
      source:
        'reference manual, "base64DecodeExt"; RFC 2045 §6.8: bytes outside of the alphabet are left out',
      cases: [
        [' QUJD', 'ABC'],
        ['QU JD', 'ABC'],
        ['Q.U,J:D', 'ABC'],
        ['QUJD\r\nQUJD', 'ABCABC'],
        ['QUJD-_', 'ABC'],
        ['P.HNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==', '<script>alert(1)</script>'],
        ['\xffQUJD\x80', 'ABC'],
        ['....', ''],
      ],
    },
    {
      source: 'padding is a byte outside of the alphabet: what follows is decoded with what came before',
      cases: [
        ['QUI=QUI=', 'AB\x10P'],
        ['=QUJD', 'ABC'],
        ['Q=UJD', 'ABC'],
        ['====', ''],
      ],
    },
    {
      source: 'an incomplete group gives the bytes that it holds',
      cases: [
        ['Q', ''],
        ['QQ', 'A'],
        ['QUI', 'AB'],
        ['QUJDR', 'ABC'],
      ],
    },
    {
      source:
        'bytes behind a NUL count: a workload that ignores what is not base64 reads them (ModSecurity 2 stops)',
      cases: [
        ['\x00QUJD', 'ABC'],
        ['QUJD\x00QUJD', 'ABCABC'],
        ['\x00Q\xffUJD', 'ABC'],
      ],
    },
  ],
};
