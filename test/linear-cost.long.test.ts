/** All hostile messages of bench/linear, at levels 1 and 4, in what they count: minutes. */
import { describe, expect, it } from 'vitest';
import { allCases } from '../bench/linear/cases.ts';
import { WORST_TO_HARMLESS_MAX } from '../bench/linear/cost.ts';
import { openInspector } from '../bench/linear/inspect.ts';
import { harmlessCost, judgeCase } from '../bench/linear/judge.ts';

const RUN_MILLIS = 7_200_000;

describe.each([1, 4] as const)('every hostile message at level %i', (level) => {
  it(
    'costs at most twelve times as much when it is ten times as long, and twenty times what prose does',
    () => {
      const inspector = openInspector(level);
      const cases = allCases(inspector.program);
      expect(cases.length).toBeGreaterThan(4_000);
      const judged = cases.map((item) => judgeCase(inspector, item));
      const harmless = harmlessCost(inspector);
      expect(judged.filter(({ steep }) => steep.length > 0)).toEqual([]);
      expect(judged.filter(({ cost }) => cost > WORST_TO_HARMLESS_MAX * harmless)).toEqual([]);
    },
    RUN_MILLIS,
  );
});
