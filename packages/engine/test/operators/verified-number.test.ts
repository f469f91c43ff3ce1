import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { createEnvironment } from '../../src/link/environment.ts';
import { passesLuhn, verifyCc } from '../../src/operators/verify-cc.ts';
import { staticArgument } from './fake-environment.ts';

const environment = createEnvironment(DEFAULT_LIMITS);

/** ModSecurity 2: a search from each byte on, in the whole value; one byte behind each match that fails. */
function naiveFind(pattern: string, value: string): string | null {
  const regex = new RegExp(pattern, 'gs');
  for (let from = 0; from <= value.length; ) {
    regex.lastIndex = from;
    const match = regex.exec(value);
    if (match === null) return null;
    if (passesLuhn(match[0])) return match[0];
    from = match.index + 1;
  }
  return null;
}

const digits = fc.stringMatching(/^[0-9]{0,24}$/);
const between = fc.oneof(
  fc.stringMatching(/^[ x_.-]{1,3}$/),
  fc.integer({ min: 1, max: 300 }).map((count) => 'x'.repeat(count)),
);
const value = fc.array(fc.tuple(digits, between), { maxLength: 12 }).map((parts) => parts.flat().join(''));

/** Patterns of digits that stand alone, and others. */
const ALONE = [
  String.raw`\b\d{13,16}\b`,
  String.raw`(?:^|[^\d])\d{13,16}(?:[^\d]|$)`,
  String.raw`^\d{13,16}`,
  String.raw`(?<![\d_])\d{13,16}(?!\d)`,
];
const ANYWHERE = [String.raw`\d{13,16}`, String.raw`\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}`];

describe.each([...ALONE, ...ANYWHERE])('@verifyCC %s', (pattern) => {
  const instance = verifyCc.create(staticArgument(pattern), environment);

  it('finds the number that a search over the whole value finds', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(instance.match(text, pattern)?.[0] ?? null).toBe(naiveFind(pattern, text));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe.each(ALONE)('@verifyCC %s', (pattern) => {
  const instance = verifyCc.create(staticArgument(pattern), environment);

  it('finds no card in the rest of a number of sixteen digits that is none', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9][0-9]{15}$/), (text) => {
        fc.pre(!passesLuhn(text));
        expect(instance.match(text, pattern)).toBeNull();
      }),
    );
  });
});
