/** What a value must end with for a pattern that reaches to its end: found wherever the pattern is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyPattern } from '../src/patterns/classify.ts';
import { endingOf } from '../src/patterns/ending.ts';
import { toPcre2 } from '../src/patterns/engines.ts';
import { scanPatterns } from '../src/prefilter/expressions.ts';
import { around, madePatterns } from './needs-patterns.ts';
import { crsPatterns, oracle, outcome, printedPcre2, refusal } from './patterns-helpers.ts';

/** 1 in an ordinary run. */
const RUNS = Number(process.env.SLUICE_PATTERN_RUNS ?? '1');

function endingText(pattern: string): string | null {
  const ending = endingOf(classifyPattern(pattern).tree);
  return ending === null ? null : toPcre2(ending).text;
}

/** With something of any length in the middle, and the value's end behind. */
const ended = fc
  .tuple(madePatterns(true), fc.constantFrom('.*', '[ab]+', '(?:a|b)*', '\\s*'), madePatterns(true))
  .map(([before, middle, after]) => ({
    pattern: `(?:${before.pattern})${middle}(?:${after.pattern})$`,
    value: `${before.value}${middle === '[ab]+' ? 'a' : ''}${after.value}`,
  }));

describe("the ending of a pattern that reaches to the value's end", () => {
  it('is found in each value that the pattern matches', () => {
    let matched = 0;
    let spared = 0;
    fc.assert(
      fc.property(
        ended.chain((made) =>
          fc.tuple(fc.constant(made.pattern), fc.array(around(made.value), { minLength: 4 })),
        ),
        ([pattern, values]) => {
          if (refusal(() => oracle(pattern)) !== null || refusal(() => classifyPattern(pattern)) !== null)
            return;
          const text = endingText(pattern);
          if (text === null) return;
          for (const value of values) {
            const expected = outcome(oracle(pattern), value);
            const answer = outcome(printedPcre2(text), value);
            if (expected === null || answer === null) continue;
            if (answer === 'none') spared++;
            if (expected === 'none') continue;
            matched++;
            expect([pattern, value, answer]).not.toEqual([pattern, value, 'none']);
          }
        },
      ),
      { numRuns: 6_000 * RUNS },
    );
    expect(matched).toBeGreaterThan(200 * RUNS);
    expect(spared).toBeGreaterThan(200 * RUNS);
  }, 600_000);

  it.each([
    ['a.*(?:last|ls)$', '(?:last|ls)$'],
    ['(a.*(?:last|ls)$)', '(?:last|ls)$'],
    ['(?:a|^b)c*d{2,3}e?fg\\z', 'd{2,3}e?fg$'],
    // What stands in front is looked at in the value.
    ['a.*\\bls$', '\\bls$'],
    // Many values end so.
    ['a.*[a-z]$', null],
    ['a.*(?:ls)?$', null],
    // Nothing that may be long is left out.
    ['(?:a|b)ls$', null],
    // There is one place to look at, or none that is the end.
    ['^a.*ls$', null],
    ['(?:^a|^b).*ls$', null],
    ['a.*ls', null],
    ['(?m)a.*ls$', null],
    ['(a).*ls\\1$', null],
  ])('of %s is %j', (pattern, expected) => {
    expect(endingText(pattern)).toBe(expected === null ? null : toPcre2(classifyPattern(expected).tree).text);
  });

  it('is what is scanned for where a pattern of the Core Rule Set is long', () => {
    const long = crsPatterns().filter((pattern) => pattern.length > 1_500);
    const ending = long.filter((pattern) => endingText(pattern) !== null);
    expect(ending.length).toBeGreaterThan(0);
    for (const text of ending) {
      const operator = { name: 'rx', text, lines: null, negated: false, hasMacros: false, argument: [] };
      const [only, ...others] = scanPatterns(operator as never, 0, true);
      expect(others).toEqual([]);
      expect(typeof only === 'string' ? only : only?.expression.length).toBeLessThan(1_000);
    }
  });
});
