import { expect, it } from 'vitest';
import { expectNothingLost } from './crash-laws.ts';

/** Elasticsearch takes a minute to come up again where other tests have the machine, and events go on meanwhile: so few that they can be caught up with. */
const PER_SECOND = 1_500;
const TIMEOUT_MILLIS = 600_000;

it(
  'keeps every acknowledged event once, whoever is killed, for ten seconds',
  async () => {
    const figures = await expectNothingLost({
      seconds: 10,
      perSecond: PER_SECOND,
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
  },
  TIMEOUT_MILLIS,
);
