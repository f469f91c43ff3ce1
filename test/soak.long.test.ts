import { it } from 'vitest';
import { expectGoodSoak } from './soak-laws.ts';

it('blocks every attack and nothing else, over 64 connections for a minute, in steady memory', async () => {
  await expectGoodSoak({ seconds: 60, connections: 64 });
}, 180_000);
