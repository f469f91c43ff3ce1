/** Vectors of @pmFromFile. The argument is the file's lines, without comments and blank lines. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "pmFromFile"; seclang.md §5 trap 27: a line is a word, with its blanks',
      cases: [
        [['two words'], 'has Two Words', ['Two Words']],
        [['two words'], 'two', false],
        [['two words'], 'twowords', false],
        [['a', 'b'], 'xB', ['B']],
        [['a'], '', false],
        [['a'], '\x00a', ['a']],
        [[], 'anything', false],
        [[], '', false],
        [['\xff'], '\xff', ['\xff']],
        [['\xe9'], '\xc9', false],
        [['etc/passwd'], '/ETC/Passwd', ['ETC/Passwd']],
      ],
    },
    {
      source: 'a line is taken as it stands: the syntax of "pm" is not that of files',
      cases: [
        [['|41|'], 'A', false],
        [['|41|'], '|41|', ['|41|']],
        [['\\;'], ';', false],
        [['a#b'], 'a#b', ['a#b']],
        [['.*'], 'abc', false],
      ],
    },
  ],
};
