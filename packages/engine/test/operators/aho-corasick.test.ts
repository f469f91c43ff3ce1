import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiLower, fromBytes } from '../../src/bytes.ts';
import { AhoCorasick, type WordMatch } from '../../src/operators/aho-corasick.ts';
import { firstOccurrence, occurrences } from '../../src/operators/occurrences.ts';

/** The contract in the slowest words: the least end, then the longest word that ends there. */
function naiveFind(words: readonly string[], text: string): WordMatch | null {
  const folded = asciiLower(text);
  let best: WordMatch | null = null;
  for (const word of words.filter((candidate) => candidate !== '').map(asciiLower)) {
    const start = folded.indexOf(word);
    if (start < 0) continue;
    const end = start + word.length;
    if (best === null || end < best.end || (end === best.end && start < best.start)) best = { start, end };
  }
  return best;
}

/** Few letters, so that words overlap, share prefixes and are suffixes of each other. */
const narrow = (maxLength: number) => fc.stringMatching(new RegExp(`^[abAB\\xe9]{0,${maxLength}}$`));
const wide = (maxLength: number) => fc.uint8Array({ maxLength }).map(fromBytes);

describe('AhoCorasick', () => {
  it.each([
    ['letters of a small alphabet', narrow(6), narrow(40)],
    ['any bytes', wide(3), wide(60)],
  ])('finds what a naive search finds, in %s', (_, word, text) => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), text, (words, value) => {
        expect(new AhoCorasick(words).find(value)).toEqual(naiveFind(words, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds every word in itself, with 256 children at one state', () => {
    const words = Array.from({ length: 256 }, (_, byte) => `x${String.fromCharCode(byte)}`);
    const automaton = new AhoCorasick(words);
    for (const word of words) expect(automaton.find(word)).toEqual({ start: 0, end: 2 });
    expect(automaton.find('yyx')).toBeNull();
  });

  it('has one state for each distinct prefix, folded', () => {
    expect(new AhoCorasick(['abc', 'ABD', 'abc']).stateCount).toBe(5);
    expect(new AhoCorasick([]).stateCount).toBe(1);
  });

  it('leaves empty words out', () => {
    expect(new AhoCorasick(['']).find('anything')).toBeNull();
  });

  it('falls back through long words that end one byte too late', () => {
    const automaton = new AhoCorasick([`${'a'.repeat(5_000)}b`, 'ac']);
    expect(automaton.find('a'.repeat(100_000))).toBeNull();
    expect(automaton.find(`${'a'.repeat(100_000)}c`)).toEqual({ start: 99_999, end: 100_001 });
  });
});

describe('occurrences', () => {
  it('finds every occurrence, overlapping ones too', () => {
    fc.assert(
      fc.property(narrow(40), narrow(4), (text, word) => {
        fc.pre(word !== '');
        const expected = [...text].flatMap((_, start) => (text.startsWith(word, start) ? [start] : []));
        expect([...occurrences(text, word)]).toEqual(expected);
      }),
    );
  });

  it('finds the first one as indexOf does, for short and for long words', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
    fc.assert(
      fc.property(narrow(400), word, fc.nat(80), (text, part, times) => {
        const long = part.repeat(times);
        const whole = text + long.slice(1) + long + text;
        expect(firstOccurrence(whole, long)).toBe(whole.indexOf(long));
        expect(firstOccurrence(text, long)).toBe(text.indexOf(long));
      }),
    );
  });

  it('ends within a text that is made of what the word is made of: comparing at each place would take longer than a test may', () => {
    const word = `${'a'.repeat(2_000_000)}b${'a'.repeat(2_000_000)}`;
    expect(firstOccurrence('a'.repeat(8_000_000), word)).toBe(-1);
    expect(firstOccurrence('a'.repeat(2_000_000) + word, word)).toBe(2_000_000);
  });
});
