/** Bodies of every kind under generated rules: cut into chunks, some of them empty, and in one piece. */
import { expect, it } from 'vitest';
import { runRules } from './rules-run.ts';

const CASES = 4_000;

it('how a body is cut into chunks changes nothing', () => {
  const run = runRules({ seed: 1, against: 'whole', casesMax: CASES });
  expect(run.failures).toEqual([]);
  expect(run.cases).toBeGreaterThanOrEqual(CASES);
});
