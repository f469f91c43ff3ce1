/**
 * verifySVNR: the pattern finds an Austrian social security number: ten digits, not all the same, the fourth of which checks
 * the others. Captures the match as TX.0.
 *
 * Source: libmodsecurity's reference manual, "verifySVNR".
 */
import { digitsOf, isUniform, verifying, weighted } from './verified-number.ts';

const DIGITS = 10;
/** The check digit itself counts nothing. */
const WEIGHTS = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];

function passes(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length !== DIGITS || isUniform(digits)) return false;
  // A remainder of 10 counts as 0, as in libmodsecurity; such numbers are not given out.
  return digits[3] === (weighted(digits, WEIGHTS) % 11) % 10;
}

export const verifySvnr = verifying('verifySVNR', passes);
