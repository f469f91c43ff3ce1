/** What a pattern needs is a necessary condition: wherever an engine finds a match, the value fulfils every clause. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { createEnvironment } from '../src/link/environment.ts';
import { findOperator } from '../src/operators/registry.ts';
import { ByteSet } from '../src/patterns/byte-set.ts';
import { bytesOf, CATEGORY_OF, categoriesIn, categoriesOf, LENGTH_BITS } from '../src/patterns/categories.ts';
import { classifyPattern } from '../src/patterns/classify.ts';
import { areNeedsEnough, type Clause, fulfils, needsOf, needsOfWords } from '../src/patterns/needs.ts';
import { around, madePatterns } from './needs-patterns.ts';
import { crsPatterns, crsPayloads, oracle, outcome, printedRe2, refusal } from './patterns-helpers.ts';

/** 1 in an ordinary run. */
const RUNS = Number(process.env.SLUICE_PATTERN_RUNS ?? '1');
const PAYLOAD_STEP = Number(process.env.SLUICE_PATTERN_PAYLOAD_STEP ?? '4');

const anyByte = fc.nat(0xff).map((byte) => String.fromCharCode(byte));

/** The clauses that a value does not fulfil. */
const unfulfilled = (needs: readonly Clause[], value: string): readonly Clause[] => {
  const holds = categoriesIn(value);
  return needs.filter((clause) => !fulfils(holds, clause));
};

describe('categories', () => {
  it('put each byte into one of 29', () => {
    for (let byte = 0; byte < 256; byte++) {
      const category = CATEGORY_OF[byte] ?? -1;
      expect(category).toBeGreaterThanOrEqual(0);
      expect(category).toBeLessThan(29);
      expect(categoriesOf(ByteSet.ofRanges([byte, byte]))).toBe(2 ** category);
      expect(bytesOf(2 ** category).has(byte)).toBe(true);
    }
    expect(bytesOf(0x1fff_ffff).equals(ByteSet.ALL)).toBe(true);
  });

  it('tell what a value holds, and how long it is at least', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyByte, maxLength: 20 }), (value) => {
        const lengths = LENGTH_BITS.filter(([bytes]) => value.length >= bytes);
        const expected = new Set([
          ...[...value].map((char) => CATEGORY_OF[char.charCodeAt(0)] ?? -1),
          ...lengths.map(([, bit]) => bit),
        ]);
        const holds = categoriesIn(value);
        expect(
          new Set(Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (holds >>> bit) & 1)),
        ).toEqual(expected);
      }),
    );
  });
});

describe('what a pattern needs', () => {
  it('is there in each value that it matches', () => {
    let matched = 0;
    let ruledOut = 0;
    fc.assert(
      fc.property(
        madePatterns(true).chain((made) =>
          fc.tuple(
            fc.constant(made.pattern),
            fc.array(fc.oneof(around(made.value), fc.string({ unit: anyByte, maxLength: 10 })), {
              minLength: 4,
              maxLength: 8,
            }),
          ),
        ),
        ([pattern, values]) => {
          if (refusal(() => oracle(pattern)) !== null || refusal(() => classifyPattern(pattern)) !== null)
            return;
          const { tree, engines } = classifyPattern(pattern);
          const needs = needsOf(tree);
          const written = oracle(pattern);
          const re2 = engines.re2 === null ? null : printedRe2(engines.re2);
          for (const value of values) {
            const missing = unfulfilled(needs, value);
            const found = outcome(written, value);
            if (found !== null && found !== 'none') matched++;
            if (missing.length === 0) continue;
            ruledOut++;
            expect([pattern, value, found ?? 'none', re2?.test(value) ?? false]).toEqual([
              pattern,
              value,
              'none',
              false,
            ]);
          }
        },
      ),
      { numRuns: 6_000 * RUNS },
    );
    expect(matched).toBeGreaterThan(8_000 * RUNS);
    expect(ruledOut).toBeGreaterThan(1_000 * RUNS);
  }, 600_000);

  it('is nothing, or to be empty, where the empty value matches, and no more than twelve clauses', () => {
    fc.assert(
      fc.property(madePatterns(false), ({ pattern }) => {
        if (refusal(() => classifyPattern(pattern)) !== null) return;
        const { tree, engines } = classifyPattern(pattern);
        const needs = needsOf(tree);
        expect(needs.length).toBeLessThanOrEqual(12);
        if (engines.re2 !== null && printedRe2(engines.re2).test(''))
          expect(unfulfilled(needs, '')).toEqual([]);
      }),
      { numRuns: 1_000 * RUNS },
    );
  });

  it.each([
    ['a', ['', 'A', '1']],
    ['abc', ['ab', 'ABC']],
    ['<a|>b', ['ab', 'a<'.slice(0, 1)]],
    ['[0-9]{5}', ['1234', 'abcde']],
    ['(?i)k\\(', ['(', 'k', '\u212a'.slice(1)]],
    ['^\\b$', ['a', '\n', '\0']],
  ])('rules values out for %s', (pattern, values) => {
    const needs = needsOf(classifyPattern(pattern).tree);
    for (const value of values) expect(unfulfilled(needs, value)).not.toEqual([]);
  });
});

describe('what a pattern needs is enough', () => {
  it.each([
    ...['^$', '^^$', '^.*$', '.*', '^', '^[\\x00-\\xff]*', '(?s)^.*$'],
    ...['.', '(.)', '[\\x00-\\xff]', '(?i)[a-z]', '[()\\x5c]', '\\(', '\\s', '[^\\x80-\\xff]'],
  ])('for %s', (pattern) => {
    const { tree } = classifyPattern(pattern);
    expect(areNeedsEnough(tree)).toBe(true);
    for (const value of ['', 'a', 'A', '\n', 'a\nb', '(', 'a)', '\\', '\xe9', '\0', '0'])
      expect(oracle(pattern).test(value)).toBe(unfulfilled(needsOf(tree), value).length === 0);
  });

  it.each([
    ...['a', '^.+$', '^.*a$', '(?m)^$', '^$|a', '^[^a]*$', '^.{0,9}$'],
    ...['[a-y]', '\\?', '[^(]b', '^.', '.$', '..', '\\d+'],
  ])('not for %s', (pattern) => {
    expect(areNeedsEnough(classifyPattern(pattern).tree)).toBe(false);
  });
});

const patterns = crsPatterns();

// The rule set is not on every machine.
describe.skipIf(patterns.length === 0)('what the patterns of the CRS need', () => {
  it('is there in each payload that they match, whole, cut and changed', () => {
    const values = new Set<string>();
    for (const [i, payload] of crsPayloads().entries()) {
      if (i % PAYLOAD_STEP !== 0) continue;
      values
        .add(payload)
        .add(payload.slice(i % 7))
        .add(payload.slice(0, 3 + (i % 13)))
        .add(payload.toUpperCase());
    }
    const held = Array.from(values, (value): readonly [string, number] => [value, categoriesIn(value)]);
    let ruledOut = 0;
    for (const pattern of patterns) {
      const { tree, engines } = classifyPattern(pattern);
      const needs = needsOf(tree);
      const re2 = printedRe2(engines.re2 ?? '');
      for (const [value, holds] of held) {
        if (needs.every((clause) => fulfils(holds, clause))) continue;
        ruledOut++;
        if (re2.test(value)) expect([pattern, value, 'matches']).toEqual([pattern, value, 'ruled out']);
      }
    }
    expect(ruledOut).toBeGreaterThan(100_000);
  }, 600_000);
});

describe('what a list of words needs', () => {
  const environment = createEnvironment(DEFAULT_LIMITS);
  const word = fc.string({ unit: fc.oneof(anyByte, fc.constantFrom(...'aZ09_<(')), maxLength: 10 });

  it('is there in each value that holds one of them, in any case', () => {
    let matched = 0;
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), word, fc.boolean()), { minLength: 1, maxLength: 6 }),
        (words, picks) => {
          const lines = words.filter((each) => each.trim() !== '');
          const needs = needsOfWords(lines);
          const instance = findOperator('pmFromFile')?.create(
            { text: 'w.data', lines, hasMacros: false },
            environment,
          );
          for (const [at, more, upper] of picks) {
            const own = lines[at % lines.length] ?? '';
            for (const value of [own + more, more, upper ? own.toUpperCase() : own.slice(1)]) {
              if (instance?.match(value, '') == null) continue;
              matched++;
              expect([lines, value, unfulfilled(needs, value)]).toEqual([lines, value, []]);
            }
          }
        },
      ),
      { numRuns: 3_000 },
    );
    expect(matched).toBeGreaterThan(3_000);
  });
});
