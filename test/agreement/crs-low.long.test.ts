/** As crs-low.test.ts, with fresh mutations for as long as the budget lasts. */
import { expect, it } from 'vitest';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from '../long/budget.ts';
import { runCrs } from './crs-run.ts';
import { LOW_LEVELS } from './policies.ts';

const NAME = 'agreement-crs-low';

it(
  'planned and reference evaluation agree on mutated payloads of the CRS at levels 1 and 2',
  () => {
    const seconds = longBudgetSeconds(NAME);
    const run = runCrs({ seed: longSeed(), policies: LOW_LEVELS, seconds });
    const note = `${run.payloads} payloads, ${run.matches} matches, ${run.undecided} undecided`;
    reportCases(NAME, { ...run, seconds, failures: run.failures.length, note });
    expect(run.failures).toEqual([]);
  },
  longTimeoutMillis(NAME),
);
