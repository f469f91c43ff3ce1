import { describe, expect, it } from 'vitest';
import { native } from '../src/binding.ts';
import { libraryVersion, type ScanFunction, selfTest } from '../src/index.ts';
import { libraryScan } from '../src/library-scan.ts';
import { errorOf } from './fixtures/helpers.ts';

/** The library with some of its answers taken away. */
const losing =
  (lost: (value: string, flags: number) => boolean): ScanFunction =>
  (patterns, values) =>
    [...libraryScan(native())(patterns, values)].filter(
      ([value, id]) => !lost(values[value] ?? '', patterns[id]?.flags ?? 0),
    );

describe('selfTest', () => {
  it('passes the library at hand', () => {
    expect(() => selfTest()).not.toThrow();
  });

  it('refuses a library that finds nothing', () => {
    const error = errorOf(() => selfTest(() => []));
    expect(error.code).toBe('HS_UNSOUND');
    expect(error.message).toContain(libraryVersion());
    expect(error.remedy).toContain('Intel Hyperscan 5.4.x');
  });

  it.each([
    ['behind 64 bytes, as Vectorscan does on AVX-512', (value: string) => value.indexOf('/') >= 64],
    ['at one offset only', (value: string) => value.indexOf('/') === 399],
    ['in values of 65 bytes', (value: string) => value.length === 65],
    ['of patterns without case', (_: string, flags: number) => (flags & 1) !== 0],
    ['of one word of many', (value: string) => value.includes('passwd')],
  ])('refuses a library that loses a match %s', (_, lost) => {
    expect(errorOf(() => selfTest(losing(lost))).message).toContain('misses');
  });

  it('refuses a library that invents a match', () => {
    const inventing: ScanFunction = (patterns, values) => [
      ...libraryScan(native())(patterns, values),
      [values.indexOf('x'), 0],
    ];
    expect(errorOf(() => selfTest(inventing)).message).toContain('matches wrongly');
  });

  it('gives each scan values of bytes only', () => {
    const scan: ScanFunction = (patterns, values) => {
      expect(values.every((value) => !/[^\x00-\xff]/.test(value))).toBe(true);
      return libraryScan(native())(patterns, values);
    };
    selfTest(scan);
  });
});
