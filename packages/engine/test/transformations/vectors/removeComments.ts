/** Vectors of t:removeComments. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "removeComments": /* ... */, <!-- ... -->, --, #',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['a*b/c', 'a*b/c'],
        ['a/* c */b', 'ab'],
        ['a<!-- c -->b', 'ab'],
        ['/**/', ''],
        ['<!---->', ''],
        ['a--b', 'a'],
        ['a#b', 'a'],
        ['#', ''],
        ['--', ''],
        ['-', '-'],
        ['a/*\x00\xff*/b', 'ab'],
        ['UN/**/ION', 'UNION'],
        ['/*x*/a'.repeat(20_000), 'a'.repeat(20_000)],
      ],
    },
    {
      source: 'ModSecurity 2: a comment that does not end becomes a blank',
      cases: [
        ['a/* c', 'a '],
        ['a<!-- c', 'a '],
        ['/*/', ' '],
        ['<!--', ' '],
        ['<!-->', ' '],
      ],
    },
    {
      source: 'reference manual; what is no start stays',
      cases: [
        ['*/', '*/'],
        ['<!-', '<!-'],
        ['<!', '<!'],
        ['a->b', 'a->b'],
        ['a//b', 'a//b'],
      ],
    },
    {
      source: 'ModSecurity 2: marks of other kinds within a comment do not count, either end ends it',
      cases: [
        ['/* -- # */x', 'x'],
        ['/* <!-- */x', 'x'],
        ['<!-- */x', 'x'],
        ['/* -->x', 'x'],
        ['/* /* */ */', ' */'],
      ],
    },
    {
      source:
        'RATIONALE: comments side by side are all comments (ModSecurity 2 copies the byte between unseen)',
      cases: [
        ['/*a*//*b*/c', 'c'],
        ['/*a*/--b', ''],
        ['/*a*/#b', ''],
      ],
    },
  ],
};
