/**
 * verifySSN: the pattern finds a US social security number: nine digits, area, group and serial not 0, the area below 740
 * and not 666, neither one digit throughout nor digits that count up. Captures the match as TX.0.
 *
 * Source: reference manual, "verifySSN", and the ranges that ModSecurity checks.
 */
import { digitsOf, isUniform, verifying } from './verified-number.ts';

const DIGITS = 9;
const AREA_END = 740;
const AREA_UNUSED = 666;

/** Nine digits, of an area, a group and a series that are given out. */
export function isSocialSecurityNumber(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length !== DIGITS || isUniform(digits) || countsUp(digits)) return false;
  const area = Number(digits.slice(0, 3).join(''));
  const group = Number(digits.slice(3, 5).join(''));
  const serial = Number(digits.slice(5).join(''));
  return area > 0 && area < AREA_END && area !== AREA_UNUSED && group > 0 && serial > 0;
}

const countsUp = (digits: readonly number[]): boolean =>
  digits.every((digit, index) => index === 0 || digit === (digits[index - 1] ?? 0) + 1);

export const verifySsn = verifying('verifySSN', isSocialSecurityNumber);
