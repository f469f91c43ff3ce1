/** The hostile messages of bench/linear at levels 1 and 4, in what they count, in another order each time: all, if the budget lasts. */
import { expect, it } from 'vitest';
import { allCases } from '../bench/linear/cases.ts';
import { WORST_TO_HARMLESS_MAX } from '../bench/linear/cost.ts';
import { openInspector } from '../bench/linear/inspect.ts';
import { harmlessCosts, type Judged, judgeCase } from '../bench/linear/judge.ts';
import { Random } from './agreement/random.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';

const NAME = 'linear-cost';
const LEVELS = [1, 4] as const;

it(
  'every hostile message costs at most twelve times as much when it is ten times as long, and twenty times what prose does',
  () => {
    const [seconds, seed] = [longBudgetSeconds(NAME), longSeed()];
    const begun = performance.now();
    const random = new Random(seed);
    const broken: (Judged & { readonly level: number })[] = [];
    let [cases, all] = [0, 0];
    for (const level of LEVELS) {
      const inspector = openInspector(level);
      const left = [...allCases(inspector.program)];
      expect(left.length).toBeGreaterThan(4_000);
      all += left.length;
      const harmless = harmlessCosts(inspector);
      const costMax = WORST_TO_HARMLESS_MAX * (harmless.at(-1) ?? 0);
      const end = performance.now() + (1_000 * seconds) / LEVELS.length;
      while (left.length > 0 && performance.now() < end) {
        for (const item of left.splice(random.below(left.length), 1)) {
          const judged = judgeCase(inspector, item, harmless);
          cases++;
          if (judged.steep.length > 0 || judged.cost > costMax) broken.push({ level, ...judged });
        }
      }
    }
    const took = (performance.now() - begun) / 1_000;
    reportCases(NAME, { cases, failures: broken.length, seed, seconds: took, note: `of ${all}` });
    expect(broken).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  },
  longTimeoutMillis(NAME),
);
