/** What every soak must come to, however long it was. */
import { expect } from 'vitest';
import { describeSoak, runSoak, type SoakFigures, type SoakOptions } from './soak-run.ts';

/** Growth that is none: a heap breathes, the more so in the first seconds. */
const GROWTH_SHARE_MAX = 1.25;
const GROWTH_BYTES_MAX = 67_108_864;

/** @param tell what it came to, before it is judged */
export async function expectGoodSoak(
  options: SoakOptions,
  tell: (figures: SoakFigures) => void = () => undefined,
): Promise<void> {
  const figures = await runSoak(options);
  tell(figures);
  process.stdout.write(`${describeSoak(figures)}\n`);
  expect(figures.faults).toEqual([]);
  expect(figures.faultCount).toBe(0);
  expect(figures.attacks).toBeGreaterThan(0);
  expect(figures.attacksBlocked).toBe(figures.attacks);
  expect(figures.benignPassed).toBe(figures.requests - figures.attacks);
  const { middleBytes, lastBytes } = figures.memory;
  expect(lastBytes).toBeLessThan(middleBytes * GROWTH_SHARE_MAX + GROWTH_BYTES_MAX);
}
