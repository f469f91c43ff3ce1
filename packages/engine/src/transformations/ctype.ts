/**
 * Classes of bytes as C's <ctype.h> has them in the C locale. A code past the end of a string (NaN) is in no class,
 * so that callers need not look at the length first.
 */

const HEX_DIGITS = '0123456789abcdef';

const hexTable = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const character = HEX_DIGITS.charAt(digit);
  hexTable[character.charCodeAt(0)] = digit;
  hexTable[character.toUpperCase().charCodeAt(0)] = digit;
}

/** The value of a hexadecimal digit, or -1. */
export const hexValue = (code: number): number => hexTable[code & 0xff] ?? -1;

/** The byte that two hexadecimal digits at `index` give, or a negative number where they are not two digits. */
export const hexByteAt = (value: string, index: number): number =>
  (hexValue(value.charCodeAt(index)) << 4) | hexValue(value.charCodeAt(index + 1));

/** The 16 bits that four hexadecimal digits at `index` give, or a negative number where they are not four digits. */
export const hexWordAt = (value: string, index: number): number =>
  (hexByteAt(value, index) << 8) | hexByteAt(value, index + 2);

/** `isspace`: blank, \t, \n, \v, \f and \r. */
export const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export const isOctalDigit = (code: number): boolean => code >= 0x30 && code <= 0x37;

export const isAlphanumeric = (code: number): boolean =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** A byte of a word: a letter, a digit or an underscore. */
export const isWordByte = (code: number): boolean => code === 0x5f || isAlphanumeric(code);
