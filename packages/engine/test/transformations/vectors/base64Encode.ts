/** Vectors of t:base64Encode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "base64Encode"; RFC 4648 §4 and §10: test vectors',
      cases: [
        ['', ''],
        ['f', 'Zg=='],
        ['fo', 'Zm8='],
        ['foo', 'Zm9v'],
        ['foob', 'Zm9vYg=='],
        ['fooba', 'Zm9vYmE='],
        ['foobar', 'Zm9vYmFy'],
        ['\x00', 'AA=='],
        ['\x00\xff', 'AP8='],
        ['\xfb\xff\xbf', '+/+/'],
        ['\xff\xff\xff', '////'],
        ['\r\n', 'DQo='],
        ['Zg==', 'Wmc9PQ=='],
        ['AAA'.repeat(20_000), 'QUFB'.repeat(20_000)],
      ],
    },
  ],
};
