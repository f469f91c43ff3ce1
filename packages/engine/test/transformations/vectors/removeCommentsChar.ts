/** Vectors of t:removeCommentsChar. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "removeCommentsChar": /*, */, --, # and the HTML marks go, what they enclose stays',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['a*b/c', 'a*b/c'],
        ['a/* c */b', 'a c b'],
        ['<!-- c -->', ' c '],
        ['1--2#3', '123'],
        ['/**/', ''],
        ['UN/**/ION', 'UNION'],
        ['#', ''],
        ['##', ''],
        ['--', ''],
        ['*/', ''],
        ['\x00--\xff', '\x00\xff'],
        ['#'.repeat(70_000), ''],
      ],
    },
    {
      source: 'reference manual: parts of a mark stay',
      cases: [
        ['-', '-'],
        ['---', '-'],
        ['/', '/'],
        ['*', '*'],
        ['<!-', '<!-'],
        ['<!', '<!'],
        ['->', '->'],
        ['a//b', 'a//b'],
      ],
    },
    {
      source: 'one pass: marks that come together by it stay',
      cases: [
        ['/-*', '/-*'],
        ['/#*', '/*'],
        ['-#-', '--'],
        ['*#/', '*/'],
        ['/--*', '/*'],
      ],
    },
  ],
};
