/** Judging a body before all of it is here: see rules-run.ts. */
import { expect, it } from 'vitest';
import { runRules } from './rules-run.ts';

const CASES = 3_000;

it('asking for a verdict after each chunk changes nothing of what follows', () => {
  const run = runRules({ seed: 1, against: 'unasked', casesMax: CASES });
  expect(run.failures).toEqual([]);
  expect(run.cases).toBeGreaterThanOrEqual(CASES);
  expect(run.matches).toBeGreaterThan(CASES / 2);
});

it('planned and reference evaluation answer alike after each chunk', () => {
  const run = runRules({ seed: 2, against: 'asked', casesMax: CASES });
  expect(run.failures).toEqual([]);
  expect(run.cases).toBeGreaterThanOrEqual(CASES);
});
