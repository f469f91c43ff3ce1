import { it } from 'vitest';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';
import { expectGoodSoak } from './soak-laws.ts';

it(
  'blocks every attack and nothing else, over 64 connections, in steady memory',
  async () => {
    const [seconds, seed] = [longBudgetSeconds('soak'), longSeed()];
    await expectGoodSoak({ seconds, connections: 64, seed }, (figures) => {
      const note = `${figures.attacks} attacks, ${figures.requestsPerSecond.toFixed(0)} requests/s`;
      reportCases('soak', { cases: figures.requests, failures: figures.faultCount, seed, seconds, note });
    });
  },
  longTimeoutMillis('soak'),
);
