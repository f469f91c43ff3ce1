/** As chunks.test.ts, with a fresh seed for as long as the budget lasts. */
import { expect, it } from 'vitest';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from '../long/budget.ts';
import { runRules } from './rules-run.ts';

const NAME = 'chunking';

it(
  'how a body is cut into chunks changes nothing',
  () => {
    const seconds = longBudgetSeconds(NAME);
    const run = runRules({ seed: longSeed(), against: 'whole', seconds });
    reportCases(NAME, { ...run, seconds, failures: run.failures.length, note: `${run.ruleSets} rule sets` });
    expect(run.failures).toEqual([]);
  },
  longTimeoutMillis(NAME),
);
