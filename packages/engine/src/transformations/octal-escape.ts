/** Octal escapes, which jsDecode and escapeSeqDecode share: one to three digits after a backslash. */
import { isOctalDigit } from './ctype.ts';

const DIGITS_MAX = 3;

/** How many octal digits stand at `index`, at most three. */
export function octalDigitsAt(value: string, index: number): number {
  let digits = 0;
  while (digits < DIGITS_MAX && isOctalDigit(value.charCodeAt(index + digits))) digits++;
  return digits;
}

/** The number that `digits` octal digits at `index` give, at most 511. */
export function octalAt(value: string, index: number, digits: number): number {
  let number = 0;
  for (let offset = 0; offset < digits; offset++) {
    number = number * 8 + (value.charCodeAt(index + offset) - 0x30);
  }
  return number;
}
