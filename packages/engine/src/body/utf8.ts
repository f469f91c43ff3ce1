/** UTF-8 as a latin1 value, one byte a character. */

/**
 * The UTF-8 bytes of a code point, 0 to 0x10FFFF. A lone surrogate gives the three bytes that its number would have:
 * the rules then see that something was there, where a replacement character would hide what.
 */
export function encodeUtf8(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(codePoint);
  const last = 0x80 | (codePoint & 0x3f);
  if (codePoint < 0x800) return String.fromCharCode(0xc0 | (codePoint >> 6), last);
  const middle = 0x80 | ((codePoint >> 6) & 0x3f);
  if (codePoint < 0x10000) return String.fromCharCode(0xe0 | (codePoint >> 12), middle, last);
  return String.fromCharCode(0xf0 | (codePoint >> 18), 0x80 | ((codePoint >> 12) & 0x3f), middle, last);
}
