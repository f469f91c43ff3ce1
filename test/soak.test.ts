import { expect, it } from 'vitest';
import { expectGoodSoak } from './soak-laws.ts';
import { soakTraffic } from './soak-traffic.ts';

it('blocks every attack and nothing else, over 16 connections for 5 seconds', async () => {
  await expectGoodSoak({ seconds: 5, connections: 16 });
});

it('sends the same requests for the same seed, three in ten of them attacks', () => {
  const take = (seed: number) => {
    const traffic = soakTraffic(seed);
    return Array.from({ length: 1_000 }, () => traffic.next().value);
  };
  const requests = take(7);
  expect(take(7)).toEqual(requests);
  expect(take(8)).not.toEqual(requests);
  const attacks = requests.filter(({ attack }) => attack).length;
  expect(attacks).toBeGreaterThan(250);
  expect(attacks).toBeLessThan(350);
});
