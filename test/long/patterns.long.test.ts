/** Every pattern of the CRS in Hyperscan, RE2 and PCRE2: bench/patterns-long.ts for as long as the budget lasts. */
import { expect, it } from 'vitest';
import { runPatterns } from '../../bench/patterns-long.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './budget.ts';

const NAME = 'patterns';

it(
  'the patterns of the CRS match the same in all engines',
  () => {
    const [seconds, seed] = [longBudgetSeconds(NAME), longSeed()];
    const run = runPatterns({ seconds, seed });
    if (run === null) expect.fail('the CRS is not on this machine: run ./sluice setup');
    const note = `${run.values} values, ${run.matches} matches, ${run.undecided} undecided; ${run.about.join('; ')}`;
    reportCases(NAME, { cases: run.comparisons, failures: run.differences, seed, seconds, note });
    expect(run.shown).toEqual([]);
    expect(run.matches).toBeGreaterThan(0);
  },
  longTimeoutMillis(NAME),
);
