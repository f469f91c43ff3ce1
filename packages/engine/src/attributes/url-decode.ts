/**
 * Percent-decoding as ModSecurity does it (non-strict): an escape that is not two hexadecimal digits stays as it is
 * and is counted. Works on latin1 values, one byte a character.
 */
import { loadNative } from '../native/binding.ts';

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** Values up to this many bytes are decoded here, in memory that is kept; longer ones of forms by native code. */
const KEPT_BYTES = 1_024;
const kept = Buffer.alloc(KEPT_BYTES);

const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

export interface UrlDecoded {
  readonly value: string;
  /** Whether at least one `%` was not followed by two hexadecimal digits. */
  readonly invalid: boolean;
}

/** The number of a hexadecimal digit's byte, or -1. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Decodes `%XX`, and `+` to a space where `plusIsSpace` (forms and queries, not paths). */
export function urlDecode(value: string, plusIsSpace: boolean): UrlDecoded {
  const hasEscape = value.includes('%');
  if (!hasEscape && !(plusIsSpace && value.includes('+'))) return { value, invalid: false };
  if (!hasEscape) return { value: value.replaceAll('+', ' '), invalid: false };

  if (plusIsSpace && value.length > KEPT_BYTES) return decodeLong(value);

  // Decoding never lengthens, so it is done in place: one pass, no string building.
  const bytes = value.length <= KEPT_BYTES ? kept : Buffer.alloc(value.length);
  const end = bytes.write(value, 'latin1');
  let invalid = false;
  let length = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === PERCENT) {
      // Behind the value stand bytes of those before it.
      const isWhole = at + 2 < end;
      const high = isWhole ? hexDigit(bytes[at + 1]) : -1;
      const low = isWhole ? hexDigit(bytes[at + 2]) : -1;
      if (high >= 0 && low >= 0) {
        bytes[length++] = high * 16 + low;
        at += 2;
        continue;
      }
      invalid = true;
    }
    bytes[length++] = plusIsSpace && byte === PLUS ? SPACE : byte;
  }
  return { value: bytes.toString('latin1', 0, length), invalid };
}

/** The transformation of this name does the same, sixteen bytes at a time. */
function decodeLong(value: string): UrlDecoded {
  const decoded = loadNative().transform('urlDecode', value) ?? value;
  // What is no escape stays, with its percent sign: most values have none left.
  return { value: decoded, invalid: decoded.includes('%') && BROKEN_ESCAPE.test(value) };
}
