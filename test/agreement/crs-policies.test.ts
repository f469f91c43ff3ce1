/** Mutated payloads under the policies of teams, which block, take away and add rules. */
import { expect, it } from 'vitest';
import { runCrs } from './crs-run.ts';
import { TEAMS } from './policies.ts';

it('planned and reference evaluation agree under policies of every kind', () => {
  const run = runCrs({ seed: 1, policies: TEAMS, rounds: 1 / 4 });
  expect(run.failures).toEqual([]);
  expect(run.cases).toBeGreaterThan(1_500);
}, 600_000);
