/** Sets of code points as patterns over bytes: each character is the bytes that UTF-8 (RFC 3629) writes it with. */

export type CodePointRange = readonly [first: number, last: number];
type ByteRange = readonly [first: number, last: number];

/** Last code points of one, two, three and four bytes. UTF-8 has no surrogates, so the third row is in two parts. */
const LENGTHS: readonly CodePointRange[] = [
  [0x00, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x1_0000, 0x10_ffff],
];

/** A pattern that one character of the set matches, and nothing else, in a group where it needs one. */
export function bytePattern(ranges: readonly CodePointRange[]): string {
  const sequences = ranges.flatMap(([first, last]) =>
    LENGTHS.flatMap(([low, high]) => sequencesOf(Math.max(first, low), Math.min(last, high))),
  );
  if (sequences.length === 0) return NOTHING;
  const single = sequences.filter((sequence) => sequence.length === 1).flatMap((one) => one.map(printRange));
  const longer = sequences
    .filter((sequence) => sequence.length > 1)
    .map((bytes) => bytes.map(bracketed).join(''));
  const branches = [...(single.length === 0 ? [] : [`[${single.join('')}]`]), ...longer];
  return branches.length === 1 && longer.length === 0
    ? (branches[0] ?? NOTHING)
    : `(?:${branches.join('|')})`;
}

/** No byte is in it. */
const NOTHING = '[^\\x00-\\xff]';

/** The sequences of byte ranges that are just the code points from `first` to `last`, all of one length in UTF-8. */
function sequencesOf(first: number, last: number): readonly (readonly ByteRange[])[] {
  if (first > last) return [];
  if (last < 0x80) return [[[first, last]]];
  // Wherever the higher bits differ, the lower ones must run from all zeros to all ones.
  for (const bits of [6, 12, 18]) {
    const mask = (1 << bits) - 1;
    if (first >> bits === last >> bits) continue;
    if ((first & mask) !== 0) {
      return [...sequencesOf(first, first | mask), ...sequencesOf((first | mask) + 1, last)];
    }
    if ((last & mask) !== mask) {
      return [...sequencesOf(first, (last & ~mask) - 1), ...sequencesOf(last & ~mask, last)];
    }
  }
  const low = encode(first);
  const high = encode(last);
  return [low.map((byte, index): ByteRange => [byte, high[index] ?? byte])];
}

const encode = (codePoint: number): readonly number[] => [
  ...Buffer.from(String.fromCodePoint(codePoint), 'utf8'),
];

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
const printRange = ([first, last]: ByteRange): string =>
  first === last ? hex(first) : `${hex(first)}-${hex(last)}`;
const bracketed = (range: ByteRange): string =>
  range[0] === range[1] ? hex(range[0]) : `[${printRange(range)}]`;
