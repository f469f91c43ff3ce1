/**
 * verifyCPF: the pattern finds a Brazilian taxpayer's number: eleven digits, not all the same, the last two of which check
 * those before them. Captures the match as TX.0.
 *
 * Source: reference manual, "verifyCPF".
 */
import { digitsOf, isUniform, verifying, weighted } from './verified-number.ts';

const DIGITS = 11;

function passes(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length !== DIGITS || isUniform(digits)) return false;
  const first = checkDigit(weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = checkDigit(weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return digits[9] === first && digits[10] === second;
}

const checkDigit = (sum: number): number => (sum % 11 < 2 ? 0 : 11 - (sum % 11));

export const verifyCpf = verifying('verifyCPF', passes);
