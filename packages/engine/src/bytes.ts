/**
 * Values are bytes. A string that carries a value holds one byte a character (latin1, U+0000 to U+00FF), so that
 * nothing is decoded on the way and every offset is a byte offset. Folding is ASCII only: `toLowerCase()` changes
 * U+00C0, SecLang's `lowercase` does not.
 */

/** Bytes to a value. */
export const fromBytes = (bytes: Uint8Array): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString(
    'latin1',
  );

/** A value to bytes; characters above U+00FF must not occur. */
export const toBytes = (value: string): Buffer => Buffer.from(value, 'latin1');

/** Text as people write it (UTF-16) to a value: its UTF-8 bytes, one a character. */
export const fromText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const HAS_UPPER = /[A-Z]/;
const HAS_LOWER = /[a-z]/;
const NON_ASCII = /[\x80-\xff]/;

/** Names are short: a loop over them is quicker than a pattern. */
const SHORT_MAX = 64;

function hasUpper(value: string): boolean {
  if (value.length > SHORT_MAX) return HAS_UPPER.test(value);
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code >= 0x41 && code <= 0x5a) return true;
  }
  return false;
}

/** Lower-cases A to Z only. Returns the same string where nothing changes. */
export function asciiLower(value: string): string {
  if (!hasUpper(value)) return value;
  return NON_ASCII.test(value) ? value.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : value.toLowerCase();
}

/** Upper-cases a to z only. Returns the same string where nothing changes. */
export function asciiUpper(value: string): string {
  if (!HAS_LOWER.test(value)) return value;
  return NON_ASCII.test(value) ? value.replace(/[a-z]+/g, (run) => run.toUpperCase()) : value.toUpperCase();
}
