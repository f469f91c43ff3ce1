/** A pattern taken apart by where it may begin: one of the parts matches exactly where the whole one does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyPattern } from '../src/patterns/classify.ts';
import { toHyperscan, toPcre2 } from '../src/patterns/engines.ts';
import { restrictTree } from '../src/patterns/restrict.ts';
import { startApart } from '../src/patterns/start-apart.ts';
import { ALPHABETS } from '../src/prefilter/alphabets.ts';
import { around, madePatterns } from './needs-patterns.ts';
import { crsPatterns, oracle, outcome, printedPcre2, refusal } from './patterns-helpers.ts';

/** 1 in an ordinary run. */
const RUNS = Number(process.env.SLUICE_PATTERN_RUNS ?? '1');

const partsOf = (pattern: string): readonly (string | null)[] =>
  startApart(classifyPattern(pattern).tree).map((tree) => toPcre2(tree).text);

/** With beginnings of all kinds in front. */
const begun = fc
  .tuple(
    fc.array(fc.constantFrom('^', '^a', '^ *', '(^|^b)', 'a', '(?:b|^)', '(a|k)', '\\b', '(?!^)z', '', '$'), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.constantFrom('(?:', '(', '(?>', ''),
    madePatterns(true),
  )
  .map(([branches, open, made]) => ({
    ...made,
    pattern: `${open}${branches.join('|')}${open === '' ? '|' : ')'}${made.pattern}`,
  }));

describe('a pattern that may begin at the start or anywhere', () => {
  it('matches where one of its parts does', () => {
    let apart = 0;
    let matched = 0;
    let missed = 0;
    fc.assert(
      fc.property(
        begun.chain((made) =>
          fc.tuple(fc.constant(made.pattern), fc.array(around(made.value), { minLength: 4 })),
        ),
        ([pattern, values]) => {
          if (refusal(() => oracle(pattern)) !== null || refusal(() => classifyPattern(pattern)) !== null)
            return;
          const parts = partsOf(pattern);
          if (parts.length < 2) return;
          apart++;
          for (const value of ['', ...values]) {
            const expected = outcome(oracle(pattern), value);
            const answers = parts.map((text) => (text === null ? null : outcome(printedPcre2(text), value)));
            if (expected === null || answers.includes(null)) continue;
            const isMatch = answers.some((answer) => answer !== 'none');
            if (isMatch) matched++;
            else missed++;
            expect([pattern, value, isMatch]).toEqual([pattern, value, expected !== 'none']);
          }
        },
      ),
      { numRuns: 3_000 * RUNS },
    );
    expect(apart).toBeGreaterThan(500 * RUNS);
    expect(matched).toBeGreaterThan(500 * RUNS);
    expect(missed).toBeGreaterThan(500 * RUNS);
  }, 600_000);

  it.each([
    ['(?:^|a|b)c', ['^c', '(?:a|b)c']],
    ['^|a', ['^', 'a']],
    ['((?:^b|^)|a)c', ['(?:^b|^)c', 'ac']],
    ['(?:^b|(?:^|k)|a)c', ['^bc', '(?:(?:^|k)|a)c']],
    ['(?:^|a)(?:^|b)', ['^(?:^|b)', 'a(?:^|b)']],
    ['(?:^|\\b)c', ['^c', '\\bc']],
    // Neither has two ways to begin.
    ['(?:a|b)c', ['(?:a|b)c']],
    ['(?:^a|^b)c', ['(?:^a|^b)c']],
    ['x(?:^|a)', ['x(?:^|a)']],
    // Taken apart, it would match more or other things.
    ['(?:^|a)?c', ['(?:^|a)?c']],
    ['(?>^|a)c', ['(?>^|a)c']],
    ['(?m)(?:^|a)c', ['(?m)(?:^|a)c']],
    ['(^|a)c\\1', ['(^|a)c\\1']],
  ])('%s is taken apart into %j', (pattern, expected) => {
    expect(partsOf(pattern)).toEqual(expected.map((text) => toPcre2(classifyPattern(text).tree).text));
  });

  it('is one of the Core Rule Set, of which Hyperscan takes the parts', () => {
    const trees = crsPatterns().flatMap((pattern) =>
      ALPHABETS.flatMap(({ bytes }) => restrictTree(classifyPattern(pattern).tree, bytes) ?? []),
    );
    const apart = trees.map(startApart).filter(({ length }) => length === 2);
    expect(apart.length).toBeGreaterThan(20);
    for (const parts of apart) expect(parts.every((part) => toHyperscan(part).text !== null)).toBe(true);
  });
});
