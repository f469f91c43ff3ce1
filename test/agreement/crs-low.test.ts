/** Every payload of the CRS, mutated, at paranoia levels 1 and 2. */
import { expect, it } from 'vitest';
import { runCrs } from './crs-run.ts';
import { LOW_LEVELS } from './policies.ts';

it('planned and reference evaluation agree on mutated payloads of the CRS at levels 1 and 2', () => {
  const run = runCrs({ seed: 1, policies: LOW_LEVELS, rounds: 1 });
  expect(run.failures).toEqual([]);
  expect(run.payloads).toBeGreaterThan(6_000);
  expect(run.cases).toBe(run.payloads);
  expect(run.undecided).toBe(0);
}, 600_000);
