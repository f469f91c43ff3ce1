import { expect, it } from 'vitest';
import { expectNothingLost } from './crash-laws.ts';

it('keeps every acknowledged event once, whoever is killed, for ten seconds', async () => {
  const figures = await expectNothingLost({
    seconds: 10,
    perSecond: 5_000,
    writers: 3,
    seed: 7,
    calmMillisMax: 2_000,
    elasticsearchMillisMin: 20_000,
    faultOneIn: 2,
    fullMillis: 2_000,
  });
  expect(figures.acknowledged).toBeGreaterThan(10_000);
  for (const times of Object.values(figures.kills)) expect(times).toBeGreaterThan(0);
  for (const times of Object.values(figures.faults)) expect(times).toBeGreaterThan(0);
});
