/**
 * validateByteRange: a byte of the value is in none of the ranges (so it matches what is invalid). The argument lists
 * bytes and ranges: `10,13,32-126`. Captures nothing.
 *
 * Source: reference manual, "validateByteRange".
 */
import { ByteSet } from '../patterns/byte-set.ts';
import { badArgument } from './bad-argument.ts';
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';
import { prepared } from './prepared.ts';

const NAME = 'validateByteRange';
const RANGE = /^\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*$/;
const BYTE_MAX = 255;

/** One entry a byte: 1 where it is allowed. */
function parseRanges(text: string): Uint8Array {
  const allowed = new Uint8Array(BYTE_MAX + 1);
  for (const part of text.split(',')) {
    const range = RANGE.exec(part);
    if (range === null) throw badArgument(NAME, `"${part}" is neither a byte nor a range`);
    const first = Number(range[1]);
    const last = range[2] === undefined ? first : Number(range[2]);
    if (last > BYTE_MAX || first > last)
      throw badArgument(NAME, `"${part}" is not within 0-255, lowest first`);
    allowed.fill(1, first, last + 1);
  }
  return allowed;
}

/** The bytes that an argument does not allow. Throws SECLANG_BAD_ARGUMENT. */
export function refusedBytes(text: string): ByteSet {
  const allowed = parseRanges(text);
  let refused = ByteSet.NONE;
  for (const [byte, isAllowed] of allowed.entries()) {
    if (isAllowed === 0) refused = refused.union(ByteSet.ofRanges([byte, byte]));
  }
  return refused;
}

function isValid(value: string, allowed: Uint8Array): boolean {
  for (let index = 0; index < value.length; index++) {
    if (allowed[value.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

export const validateByteRange: OperatorDefinition = {
  name: NAME,
  create(argument) {
    const allowed = prepared(argument, parseRanges);
    return { match: (value, expanded) => (isValid(value, allowed(expanded)) ? null : NO_CAPTURES) };
  },
};
