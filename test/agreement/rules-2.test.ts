/** Generated rules and requests, half 2: see rules-run.ts. A seed of its own for each half, the same in each run. */
import { expect, it } from 'vitest';
import { runRules } from './rules-run.ts';

const CASES = 10_000;

it('planned and reference evaluation agree on generated rules, whatever the request', () => {
  const run = runRules({ seed: 2, casesMax: CASES });
  expect(run.failures).toEqual([]);
  expect(run.cases).toBeGreaterThanOrEqual(CASES);
  // What never matches and is always refused would agree, too.
  expect(run.matches).toBeGreaterThan(CASES / 2);
  expect(run.refused).toBeLessThan(run.ruleSets / 10);
  expect(run.undecided).toBeLessThan(CASES / 100);
});
