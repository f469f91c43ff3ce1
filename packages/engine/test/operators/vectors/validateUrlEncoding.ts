/** Vectors of @validateUrlEncoding. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'reference manual, "validateUrlEncoding"; RFC 3986 §2.1; it matches what is invalid (seclang.md §5 trap 13)',
      cases: [
        ['', '', false],
        ['', 'a', false],
        ['', 'a%20%fF', false],
        ['', '%00', false],
        ['', '%', true],
        ['', '%%', true],
        ['', 'a%2', true],
        ['', '%2', true],
        ['', '%2g', true],
        ['', '%g2', true],
        ['', '%%20', true],
        ['', '%20%', true],
        ['', '%u0041', true],
        ['', '% 20', true],
        ['', '%-1', true],
        ['', '%+1', true],
        ['', '%2\x00', true],
        ['', '\xff%20', false],
        ['', '%\xb20', true],
        ['', '%2541', false],
        ['', '+', false],
        ['', '%20'.repeat(20_000), false],
        ['', `${'%20'.repeat(20_000)}%2`, true],
      ],
    },
  ],
};
