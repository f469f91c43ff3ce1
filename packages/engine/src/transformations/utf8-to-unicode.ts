/**
 * utf8toUnicode: each UTF-8 sequence of two to four bytes becomes `%uHHHH` (lower-case digits, at least four).
 *
 * Source: reference manual, "utf8toUnicode", and ModSecurity 2 for what is not UTF-8: a lead byte without its
 * continuation goes away; after an overlong sequence or a surrogate its lead byte follows; any other byte stays.
 * (It drops NUL bytes, by an error; here they stay.)
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import type { Transformation } from './transformation.ts';

const NON_ASCII = /[\x80-\xff]/;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const PERCENT = 0x25;
const LOWER_U = 0x75;
/** Leads from 0xf5 on would give numbers beyond U+10FFFF; they are written out before what follows. */
const LEAD_RESTRICTED = 0xf5;
/** Two bytes give at most seven (`%uHHHH` and the lead byte); longer sequences grow less. */
const GROWTH_MAX = 4;
/** The least number that a sequence of this many bytes may stand for. */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x1_0000];

/** How many bytes a sequence with this lead byte has; 0 for bytes that lead nothing. */
function sequenceLength(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 0;
}

/** The number that the sequence at `index` stands for, or -1 where a continuation byte is missing. */
function codePointAt(value: string, index: number, bytes: number): number {
  let point = value.charCodeAt(index) & (0x7f >> bytes);
  for (let offset = 1; offset < bytes; offset++) {
    const code = value.charCodeAt(index + offset);
    if ((code & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (code & 0x3f);
  }
  return point;
}

/** Writes `%u` and the digits at `count`; returns where the output then ends. */
function writeEscape(output: Buffer, count: number, point: number): number {
  let end = count;
  output[end++] = PERCENT;
  output[end++] = LOWER_U;
  let digits = 4;
  while (point >> (4 * digits) !== 0) digits++;
  while (digits > 0) output[end++] = HEX_DIGITS[(point >> (4 * --digits)) & 0x0f] ?? 0;
  return end;
}

const isSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff;

function apply(value: string): string {
  if (!NON_ASCII.test(value)) return value;
  const output = byteOutput(GROWTH_MAX * value.length);
  let count = 0;
  for (let index = 0; index < value.length; ) {
    const code = value.charCodeAt(index);
    const bytes = sequenceLength(code);
    if (bytes === 0) {
      output[count++] = code;
      index++;
      continue;
    }
    if (code >= LEAD_RESTRICTED) output[count++] = code;
    const point = codePointAt(value, index, bytes);
    if (point < 0) {
      index++;
      continue;
    }
    count = writeEscape(output, count, point);
    if (isSurrogate(point) || point < (LEAST[bytes] ?? 0)) output[count++] = code;
    index += bytes;
  }
  return takeBytes(output, count);
}

export const utf8ToUnicode: Transformation = { name: 'utf8toUnicode', apply };
