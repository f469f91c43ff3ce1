import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PatternFinder } from '../../src/body/pattern-finder.ts';

it('finds what indexOf finds, in whatever pieces the text comes', () => {
  const letters = fc.string({ unit: fc.constantFrom('-', 'a', 'b') });
  fc.assert(
    fc.property(
      letters.filter((text) => text !== ''),
      fc.array(letters),
      (pattern, pieces) => {
        const finder = new PatternFinder(pattern);
        const found = pieces.some((piece) => finder.read(piece));
        expect(found).toBe(pieces.join('').includes(pattern));
      },
    ),
    { numRuns: 2_000 },
  );
});

it('forgets what it read when it is reset', () => {
  const finder = new PatternFinder('ab');
  expect(finder.read('a')).toBe(false);
  finder.reset();
  expect(finder.read('b')).toBe(false);
});
