/**
 * Percent-decoding as ModSecurity does it (non-strict): an escape that is not two hexadecimal digits stays as it is
 * and is counted. Works on latin1 values, one byte a character.
 */
import { fromBytes, toBytes } from '../bytes.ts';

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

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

  // Decoding never lengthens, so it is done in place: one pass, no string building.
  const bytes = toBytes(value);
  let invalid = false;
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === PERCENT) {
      const high = hexDigit(bytes[at + 1]);
      const low = hexDigit(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        bytes[length++] = high * 16 + low;
        at += 2;
        continue;
      }
      invalid = true;
    }
    bytes[length++] = plusIsSpace && byte === PLUS ? SPACE : byte;
  }
  return { value: fromBytes(bytes.subarray(0, length)), invalid };
}
