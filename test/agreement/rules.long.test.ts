/** As rules-1.test.ts, with a fresh seed for as long as the budget lasts. */
import { expect, it } from 'vitest';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from '../long/budget.ts';
import { runRules } from './rules-run.ts';

const NAME = 'agreement-rules';

it(
  'planned and reference evaluation agree on generated rules, whatever the request',
  () => {
    const seconds = longBudgetSeconds(NAME);
    const run = runRules({ seed: longSeed(), seconds });
    const note = `${run.ruleSets} rule sets (${run.refused} refused), ${run.matches} matches, ${run.undecided} undecided`;
    reportCases(NAME, { ...run, seconds, failures: run.failures.length, note });
    expect(run.failures).toEqual([]);
  },
  longTimeoutMillis(NAME),
);
