/** Vectors of t:replaceComments. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "replaceComments": each C comment becomes one blank',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['a/* c */b', 'a b'],
        ['/**/', ' '],
        ['/***/', ' '],
        ['/****/', ' '],
        ['/**//**/', '  '],
        ['UN/**/ION', 'UN ION'],
        ['a/*\r\n*/b', 'a b'],
        ['a/*\x00\xff*/b', 'a b'],
        ['/*!50000SELECT*/', ' '],
        ['/**/'.repeat(40_000), ' '.repeat(40_000)],
      ],
    },
    {
      source:
        'reference manual, "replaceComments": a comment that does not end becomes a blank too, a lone end stays',
      cases: [
        ['a/* c', 'a '],
        ['/*', ' '],
        ['/*/', ' '],
        ['/**', ' '],
        ['*/', '*/'],
        ['a*/b', 'a*/b'],
        ['/', '/'],
        ['*', '*'],
        ['a/', 'a/'],
        ['a* /b', 'a* /b'],
        ['/ *x* /', '/ *x* /'],
      ],
    },
    {
      source: 'comments do not nest; */ that shares its star with /* does not end it (ISO C §6.4.9)',
      cases: [
        ['/* /* */ */', '  */'],
        ['a/*/b*/c', 'a c'],
        ['//**/', '/ '],
        ['/*x*//*y', '  '],
      ],
    },
    {
      source: 'reference manual: other kinds of comments belong to "removeComments"',
      cases: [
        ['-- # <!-- -->', '-- # <!-- -->'],
        ['a//b', 'a//b'],
      ],
    },
  ],
};
