/** Vectors of @verifySVNR. */
import type { OperatorVectors } from '../vector.ts';

const PATTERN = '\\d{4} ?\\d{6}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'libmodsecurity reference manual, "verifySVNR"; ASVG §30c: the fourth digit checks the others, modulo 11',
      cases: [
        [PATTERN, '1237 010180', ['1237 010180']],
        [PATTERN, '1237010180', ['1237010180']],
        [PATTERN, 'SVNR 1237 010180.', ['1237 010180']],
        [PATTERN, '\xff1237010180', ['1237010180']],
      ],
    },
    {
      source: 'ASVG §30c: a digit off, digits missing, nothing',
      cases: [
        [PATTERN, '1238 010180', false],
        [PATTERN, '1237 010181', false],
        [PATTERN, '123701018', false],
        [PATTERN, '0000000000', false],
        [PATTERN, '1111111111', false],
        [PATTERN, '', false],
        [PATTERN, '\x00', false],
      ],
    },
    {
      source: 'libmodsecurity: a remainder of ten counts as 0',
      cases: [[PATTERN, '1000010180', ['1000010180']]],
    },
  ],
};
