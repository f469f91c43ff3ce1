/** Vectors of @pmFromDataset. The argument is the dataset's lines, without comments and blank lines. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'Coraza, "pmFromDataset": as pm, without regard to case; a line is a word, with its blanks',
      cases: [
        [['two words'], 'has Two Words', ['Two Words']],
        [['two words'], 'two', false],
        [['two words'], 'twowords', false],
        [['sleep', 'benchmark'], '1;BenchMark(9)', ['BenchMark']],
        [['sleep', 'benchmark'], 'slee', false],
        [['a'], '', false],
        [['a'], '\x00a', ['a']],
        [['\xff'], '\xff', ['\xff']],
        [['\xe9'], '\xc9', false],
        [[], 'anything', false],
        [[], '', false],
      ],
    },
    {
      source: 'a line is taken as it stands: the syntax of "pm" and of patterns is not that of datasets',
      cases: [
        [['|41|'], 'A', false],
        [['|41|'], '|41|', ['|41|']],
        [['.*'], 'abc', false],
        [['a#b'], 'a#b', ['a#b']],
      ],
    },
  ],
};
