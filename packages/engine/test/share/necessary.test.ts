/** Pieces of a pattern: wherever the pattern is found, one of them is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { toHyperscan, toPcre2 } from '../../src/patterns/engines.ts';
import { necessaryPieces } from '../../src/patterns/necessary.ts';
import { parsePattern } from '../../src/patterns/parse.ts';
import { crsPatterns, crsPayloads, outcome, printedPcre2, printedRe2 } from '../patterns-helpers.ts';

const GIANT_BYTES = 4_000;

const { whole } = fc.letrec<{ whole: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', 'ab', '.', '[ab]', '[^a]', '\\w', '\\b', '^', '$', '(?m:^)', '', '\\xe9'),
    tie('whole').map((body) => `(${body})`),
    tie('whole').map((body) => `(?i:${body})`),
    tie('whole').map((body) => `(?>${body})`),
    tie('whole').map((body) => `(?=${body})`),
    tie('whole').map((body) => `(?<!a)${body}`),
    fc
      .tuple(tie('whole'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{2,}?', '++'))
      .map(([body, quantifier]) => `(?:${body})${quantifier}`),
  ),
  whole: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.join('')),
    fc.array(tie('piece'), { minLength: 2, maxLength: 4 }).map((branches) => branches.join('|')),
  ),
}));

const values = fc.array(fc.string({ unit: fc.constantFrom(...'aabbcAB \n\xe9'), maxLength: 14 }), {
  minLength: 5,
  maxLength: 15,
});

describe('the pieces of a pattern', () => {
  it('are found, one at least, wherever the pattern is', () => {
    let matches = 0;
    fc.assert(
      fc.property(whole, values, fc.integer({ min: 1, max: 30 }), (pattern, samples, bytesMax) => {
        const tree = tryParse(pattern);
        const pieces = tree === null ? null : necessaryPieces(tree, bytesMax);
        if (tree === null || pieces === null || pieces[0]?.root === tree.root) return;
        const asked = printedPcre2(toPcre2(tree).text ?? '');
        const parts = pieces.map((piece) => printedPcre2(toPcre2(piece).text ?? ''));
        for (const sample of samples) {
          const expected = outcome(asked, sample);
          if (expected === null || expected === 'none') continue;
          matches++;
          // A part that reaches the oracle's limit is undecided.
          const found = parts.some((part) => outcome(part, sample) !== 'none');
          expect([pattern, sample, found]).toEqual([pattern, sample, true]);
        }
      }),
      { numRuns: 20_000 },
    );
    expect(matches).toBeGreaterThan(1_000);
  });

  it('are not made where part of the pattern may be left out, or what is found everywhere', () => {
    for (const pattern of ['(?:abcdef)?', '(?:abcdef|)', '(?:abcdef)*', '(?=abcdef)', 'abcdef|x*']) {
      expect(necessaryPieces(parsePattern(pattern), 4)).toBeNull();
    }
  });

  it('keep their neighbours as far as they fit', () => {
    const pieces = necessaryPieces(parsePattern('(?:xxxxxxxxxxxxxx)?a(?:bbbbbbbb|cccccccc|dddddddd)e'), 24);
    expect(pieces?.map((piece) => toHyperscan(piece).text)).toEqual([
      '(?s)abbbbbbbbe',
      '(?s)acccccccce',
      '(?s)adddddddde',
    ]);
  });
});

function tryParse(pattern: string): ReturnType<typeof parsePattern> | null {
  try {
    return parsePattern(pattern);
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

const giants = crsPatterns().filter((pattern) => pattern.length > GIANT_BYTES);

// The rule set is not on every machine; without it there is nothing to compare.
describe.skipIf(giants.length === 0)('the pieces of the largest patterns of the CRS', () => {
  it('are found in each payload that the pattern matches, and not in prose', () => {
    const payloads = crsPayloads();
    const prose = 'The quick brown fox jumps over the lazy dog. Order no 12345, size M, colour blue.';
    let matches = 0;
    for (const pattern of giants) {
      const tree = parsePattern(pattern);
      const pieces =
        necessaryPieces(tree, 1_500)?.map((piece) => printedRe2(toHyperscan(piece).text ?? '')) ?? [];
      expect(pieces.length).toBeGreaterThan(1);
      const asked = printedPcre2(toPcre2(tree).text ?? '');
      for (const payload of payloads) {
        if (pieces.some((piece) => piece.test(payload)) || payload.length > 2_000) continue;
        expect([pattern, payload, asked.test(payload)]).toEqual([pattern, payload, false]);
        matches++;
      }
      if (pieces.every((piece) => !piece.test(prose))) matches++;
    }
    expect(matches).toBeGreaterThan(1_000);
  });
});
