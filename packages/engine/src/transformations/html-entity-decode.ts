/**
 * htmlEntityDecode: `&#xHH;`, `&#DD;`, `&quot;`, `&amp;`, `&lt;`, `&gt;` and `&nbsp;` give one byte each.
 *
 * Source: reference manual, "htmlEntityDecode", and ModSecurity 2: the semicolon is optional, names ignore case,
 * `&nbsp` gives 0xA0, and a number is cut to its low byte as a cast of C's `long` is (above 2^63-1 that is 0xFF).
 */
import { asciiLower } from '../bytes.ts';
import { byteOutput, takeBytes } from './byte-output.ts';
import { hexValue, isAlphanumeric, isDigit } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const NAMED: ReadonlyMap<string, number> = new Map([
  ['quot', 0x22],
  ['amp', 0x26],
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['nbsp', 0xa0],
]);
/** Runs of letters that are longer than this are no entity. */
const NAME_LENGTH_MAX = 4;
const LONG_MAX = 0x7fff_ffff_ffff_ffffn;
/** More significant digits than a `long` has in either base. */
const DIGITS_MAX = 20;

const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const LOWER_X = 0x78;
const ZERO = 0x30;

/** The byte of an entity, and the index after it, packed as `next * 256 + byte`; -1 where there is no entity. */
const packed = (value: string, byte: number, end: number): number =>
  (value.charCodeAt(end) === SEMICOLON ? end + 1 : end) * 256 + byte;

function lowByteOfLong(digits: string, hexadecimal: boolean): number {
  if (digits.length > DIGITS_MAX) return 0xff;
  const number = BigInt(hexadecimal ? `0x0${digits}` : `0${digits}`);
  return number > LONG_MAX ? 0xff : Number(number & 0xffn);
}

/** An entity whose digits begin at `start`. */
function numericEntity(value: string, start: number, hexadecimal: boolean): number {
  let end = start;
  while (hexadecimal ? hexValue(value.charCodeAt(end)) >= 0 : isDigit(value.charCodeAt(end))) end++;
  if (end === start) return -1;
  let significant = start;
  while (significant < end && value.charCodeAt(significant) === ZERO) significant++;
  return packed(value, lowByteOfLong(value.slice(significant, end), hexadecimal), end);
}

/** An entity whose name begins at `start`; the name is the whole run of letters and digits. */
function namedEntity(value: string, start: number): number {
  let end = start;
  while (end - start <= NAME_LENGTH_MAX && isAlphanumeric(value.charCodeAt(end))) end++;
  const byte = NAMED.get(asciiLower(value.slice(start, end)));
  return byte === undefined ? -1 : packed(value, byte, end);
}

/** The entity whose ampersand stands at `index`, packed. */
function entityAt(value: string, index: number): number {
  if (value.charCodeAt(index + 1) !== HASH) return namedEntity(value, index + 1);
  const hexadecimal = (value.charCodeAt(index + 2) | 0x20) === LOWER_X;
  return numericEntity(value, index + (hexadecimal ? 3 : 2), hexadecimal);
}

function apply(value: string): string {
  if (!value.includes('&')) return value;
  const output = byteOutput(value.length);
  let count = 0;
  for (let index = 0; index < value.length; ) {
    const code = value.charCodeAt(index);
    const entity = code === AMPERSAND ? entityAt(value, index) : -1;
    output[count++] = entity < 0 ? code : entity % 256;
    index = entity < 0 ? index + 1 : Math.floor(entity / 256);
  }
  return count === value.length ? value : takeBytes(output, count);
}

export const htmlEntityDecode: Transformation = { name: 'htmlEntityDecode', apply };
