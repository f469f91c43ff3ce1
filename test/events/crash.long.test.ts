import { expect, it } from 'vitest';
import { expectNothingLost } from './crash-laws.ts';

const SECONDS = 300;
const TIMEOUT_MILLIS = 3_600_000;

it(
  'keeps every acknowledged event once, at 20,000 a second, whoever is killed, for five minutes',
  async () => {
    const seed = Date.now() % 1_000_000;
    const figures = await expectNothingLost({
      seconds: SECONDS,
      perSecond: 20_000,
      writers: 4,
      seed,
      calmMillisMax: 5_000,
      elasticsearchMillisMin: 30_000,
      faultOneIn: 4,
      fullMillis: 10_000,
    });
    expect(figures.kills.elasticsearch).toBeGreaterThan(1);
    expect(figures.faults.rolled).toBeGreaterThan(0);
  },
  TIMEOUT_MILLIS,
);
