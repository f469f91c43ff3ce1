/** Vectors of t:urlEncode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "urlEncode"; ModSecurity 2: letters, digits and * are safe, digits are lower case',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['aZ09*', 'aZ09*'],
        ['a b', 'a+b'],
        ['+', '%2b'],
        ['%', '%25'],
        ['%41', '%2541'],
        ['<\xe9>', '%3c%e9%3e'],
        ['\x00', '%00'],
        ['\x00-_.~', '%00%2d%5f%2e%7e'],
        ['\xff\x80\x7f', '%ff%80%7f'],
        ['/@[`{:', '%2f%40%5b%60%7b%3a'],
        ['\r\n\t', '%0d%0a%09'],
        ['  ', '++'],
        ['<'.repeat(70_000), '%3c'.repeat(70_000)],
      ],
    },
  ],
};
