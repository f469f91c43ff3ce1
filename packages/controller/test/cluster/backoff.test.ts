import { expect, it } from 'vitest';
import { backoffMillis } from '../../src/cluster/backoff.ts';

const wait = (failures: number, random: number): number =>
  backoffMillis(failures, { retryMillisMin: 100, retryMillisMax: 1_000, random: () => random });

it('waits twice as long from failure to failure, up to its bound, half of it at random', () => {
  expect([1, 2, 3, 4, 5, 500].map((failures) => wait(failures, 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect([1, 2, 500].map((failures) => wait(failures, 0))).toEqual([50, 100, 500]);
});
