import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Platform } from '../src/index.ts';
import { Flags } from '../src/index.ts';
import { literal, patternsOf, SINGLE, scanAll } from './fixtures/helpers.ts';

/** Few letters, so that literals occur; the ends of the byte range among them. */
const byte = fc.constantFrom('a', 'b', 'A', '/', '\0', '\n', '\x7f', '\x80', '\xff', '\xe9');
const text = (min: number, max: number) =>
  fc.array(byte, { minLength: min, maxLength: max }).map((chars) => chars.join(''));
/** Long values with a rare content: accelerated loops run over the filling. */
const sparse = fc
  .tuple(fc.nat(300), text(0, 6), fc.nat(300))
  .map(([before, core, after]) => 'x'.repeat(before) + core + 'x'.repeat(after));
const values = fc.array(fc.oneof(text(0, 40), sparse), { minLength: 1, maxLength: 12 });

/** What a scan must report, decided by JavaScript. */
function expectedPairs(list: readonly string[], matches: readonly ((value: string) => boolean)[]): string[] {
  const pairs: string[] = [];
  for (const [value, content] of list.entries()) {
    for (const [id, match] of matches.entries()) if (match(content)) pairs.push(`${value}:${id}`);
  }
  return pairs.sort();
}

const fold = (value: string) => value.replace(/[A-Z]/g, (char) => char.toLowerCase());

describe('against JavaScript', () => {
  it.each(['host', 'avx2', 'generic'] as const)(
    'finds the literals that indexOf finds, on %s',
    (platform: Platform) => {
      fc.assert(
        fc.property(fc.array(text(1, 5), { minLength: 1, maxLength: 10 }), values, (words, list) => {
          const found = scanAll(patternsOf(words.map(literal)), list, platform);
          expect(found).toEqual(
            expectedPairs(
              list,
              words.map((word) => (value) => value.includes(word)),
            ),
          );
        }),
        { numRuns: 150 },
      );
    },
  );

  it('finds the literals that indexOf finds without case', () => {
    fc.assert(
      fc.property(fc.array(text(1, 5), { minLength: 1, maxLength: 10 }), values, (words, list) => {
        const found = scanAll(patternsOf(words.map(literal), SINGLE | Flags.CASELESS), list);
        expect(found).toEqual(
          expectedPairs(
            list,
            words.map((word) => (value) => fold(value).includes(fold(word))),
          ),
        );
      }),
      { numRuns: 150 },
    );
  });

  /** ASCII patterns that mean the same to both engines. Repeats multiply: nested deeper, Hyperscan finds them too large. */
  const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
    piece: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'group' },
      fc.constantFrom('a', 'b', 'c', '/', '.', '[ab]', '[^a]', '[a-c/]', '\\d', '\\w', '\\x0a'),
      tie('pattern').map((inner) => `(?:${inner})`),
    ),
    pattern: fc
      .array(fc.tuple(tie('piece'), fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,3}')), {
        minLength: 1,
        maxLength: 4,
      })
      .chain((pieces) => {
        const sequence = pieces.map(([piece, repeat]) => piece + repeat).join('');
        return fc.constantFrom(sequence, `${sequence}|ab`, `${sequence}|/c+`);
      }),
  }));
  const ascii = fc
    .array(fc.constantFrom('a', 'b', 'c', 'A', '/', '1', '\n', ' '), { maxLength: 30 })
    .map((chars) => chars.join(''));

  it('finds what RegExp finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('', '^'), pattern), { minLength: 1, maxLength: 6 }),
        fc.array(ascii, { minLength: 1, maxLength: 10 }),
        fc.boolean(),
        (sources, list, caseless) => {
          const expressions = sources.map(([anchor, source]) => `${anchor}(?:${source})`);
          const found = scanAll(patternsOf(expressions, SINGLE | (caseless ? Flags.CASELESS : 0)), list);
          const regexes = expressions.map((source) => new RegExp(source, caseless ? 'si' : 's'));
          expect(found).toEqual(
            expectedPairs(
              list,
              regexes.map((regex) => (value) => regex.test(value)),
            ),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  /** A combination of the ids 0 to 3 in Hyperscan's syntax, and the same decided by JavaScript. */
  interface Formula {
    readonly text: string;
    readonly holds: (matched: (id: number) => boolean) => boolean;
  }
  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { depthSize: 'small' },
      fc.nat(3).map((id): Formula => ({ text: String(id), holds: (matched) => matched(id) })),
      fc.tuple(tie('formula'), fc.constantFrom('&', '|'), tie('formula')).map(
        ([left, sign, right]): Formula => ({
          text: `(${left.text} ${sign} ${right.text})`,
          holds: (matched) =>
            sign === '&'
              ? left.holds(matched) && right.holds(matched)
              : left.holds(matched) || right.holds(matched),
        }),
      ),
    ),
  }));

  it('judges combinations as JavaScript does', () => {
    fc.assert(
      fc.property(
        fc.array(text(1, 3), { minLength: 4, maxLength: 4 }),
        fc.array(formula, { minLength: 1, maxLength: 4 }),
        values,
        (words, formulas, list) => {
          const operands = patternsOf(words.map(literal), Flags.QUIET);
          // Hyperscan wants at least one operation.
          const combinations = formulas.map(({ text: term }, index) => ({
            expression: `${term} | ${term}`,
            id: index + 4,
            flags: Flags.COMBINATION | Flags.SINGLEMATCH,
          }));
          const holds = formulas.map(
            (formula) => (value: string) => formula.holds((id) => value.includes(words[id] ?? '')),
          );
          const none = words.map(() => () => false);
          expect(scanAll([...operands, ...combinations], list)).toEqual(
            expectedPairs(list, [...none, ...holds]),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('finds every id that several patterns share', () => {
    fc.assert(
      fc.property(fc.array(text(1, 4), { minLength: 3, maxLength: 12 }), values, (words, list) => {
        const patterns = words.map((word, index) => ({
          expression: literal(word),
          id: index % 3,
          flags: SINGLE,
        }));
        const matches = [0, 1, 2].map(
          (id) => (value: string) => words.some((word, index) => index % 3 === id && value.includes(word)),
        );
        expect([...new Set(scanAll(patterns, list))]).toEqual(expectedPairs(list, matches));
      }),
      { numRuns: 200 },
    );
  });
});
