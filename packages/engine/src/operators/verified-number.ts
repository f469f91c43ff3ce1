/** Operators that look for a number with a pattern and then check the number: verifyCC, verifyCPF, verifySSN, verifySVNR. */
import type { OperatorDefinition, Regex } from './operator.ts';
import { prepared } from './prepared.ts';

/** Bytes of a match that is found for certain. A card number has 19 digits at most. */
const MATCH_BYTES_MAX = 128;
/** The pattern sees this much at a time: a search from each byte stays linear in the value. */
const WINDOW_BYTES = 2 * MATCH_BYTES_MAX;
/** What `\b` and look-behind see of the bytes before a window. */
const CONTEXT_BYTES = 64;

/** The first match that passes. */
export function findNumber(regex: Regex, value: string, passes: (text: string) => boolean): string | null {
  for (let start = 0; start < value.length; ) {
    const base = Math.max(0, start - CONTEXT_BYTES);
    const found = regex.search(value.slice(base, start + WINDOW_BYTES), start - base);
    if (found === null) {
      start += MATCH_BYTES_MAX;
      continue;
    }
    const foundAt = base + found.start;
    const match = found.captures[0] ?? '';
    if (foundAt - start > MATCH_BYTES_MAX) {
      // The end of the window may have cut the match: look again with all of it in sight.
      start = foundAt;
    } else if (passes(match)) {
      return match;
    } else {
      start = foundAt + 1;
    }
  }
  return null;
}

/**
 * An operator whose argument is the pattern. It captures the match as TX.0. After a match that fails the test the search
 * goes on one byte further, where `^`, `\b` and look-behind see what stands before, as in ModSecurity 2: the rest of a
 * longer number is no number.
 *
 * @param passes told the whole match, which may hold other characters than digits
 */
export const verifying = (name: string, passes: (text: string) => boolean): OperatorDefinition => ({
  name,
  create(argument, environment) {
    const regex = prepared(argument, (pattern) => environment.compileRegex(pattern));
    return {
      match(value, expanded) {
        const found = findNumber(regex(expanded), value, passes);
        return found === null ? null : [found];
      },
    };
  },
});

/** The digits of a text as numbers. */
export const digitsOf = (text: string): readonly number[] =>
  [...text].filter((char) => char >= '0' && char <= '9').map(Number);

/** Whether all are the same: such numbers pass a checksum and are nobody's. */
export const isUniform = (digits: readonly number[]): boolean => digits.every((digit) => digit === digits[0]);

/** The sum of each digit times its weight. */
export const weighted = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);
