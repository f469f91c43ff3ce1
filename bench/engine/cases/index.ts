/** All cases by name. */
import { BenchError } from '../errors.ts';
import type { BenchCase } from './case.ts';
import { ORDINARY_CASES, textCase } from './ordinary.ts';
import { VARIED_CASES } from './varied.ts';

/** The same text in four sizes: what a byte of body costs. */
export const SIZE_CASES: readonly BenchCase[] = [
  textCase('text1k', 1_000, 'form field of 1 KB'),
  textCase('text10k', 10_000, 'form field of 10 KB'),
  textCase('text1m', 1_000_000, 'form field of 1 MB'),
];

export const CASES: readonly BenchCase[] = [...ORDINARY_CASES, ...VARIED_CASES, ...SIZE_CASES];

/**
 * @param names names with commas between, or "all"
 * @throws BenchError BENCH_OPTION
 */
export function casesNamed(names: string): readonly BenchCase[] {
  if (names === 'all') return CASES;
  return names.split(',').map((name) => {
    const found = CASES.find((each) => each.name === name.trim());
    if (found !== undefined) return found;
    const known = CASES.map((each) => each.name).join(', ');
    throw new BenchError('BENCH_OPTION', {
      option: '--cases',
      reason: `there is no ${name}; there are ${known}`,
    });
  });
}
