/** Mutated payloads under the policies of teams, which block, take away and add rules. */
import { expect, it } from 'vitest';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from '../long/budget.ts';
import { runCrs } from './crs-run.ts';
import { TEAMS } from './policies.ts';

const NAME = 'agreement-crs-policies';

it(
  'planned and reference evaluation agree under policies of every kind',
  () => {
    const seconds = longBudgetSeconds(NAME);
    const run = runCrs({ seed: longSeed(), policies: TEAMS, seconds });
    const note = `${run.payloads} payloads, ${run.matches} matches, ${run.undecided} undecided`;
    reportCases(NAME, { ...run, seconds, failures: run.failures.length, note });
    expect(run.failures).toEqual([]);
  },
  longTimeoutMillis(NAME),
);
