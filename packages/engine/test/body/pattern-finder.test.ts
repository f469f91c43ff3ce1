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
        let end = -1;
        for (let before = 0, turn = 0; turn < pieces.length && end < 0; turn += 1) {
          const piece = pieces[turn] as string;
          const found = finder.read(piece);
          if (found >= 0) end = before + found;
          before += piece.length;
        }
        const at = pieces.join('').indexOf(pattern);
        expect(end).toBe(at < 0 ? -1 : at + pattern.length);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('forgets what it read when it is reset', () => {
  const finder = new PatternFinder('ab');
  expect(finder.read('a')).toBe(-1);
  finder.reset();
  expect(finder.read('b')).toBe(-1);
});
