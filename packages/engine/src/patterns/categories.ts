/**
 * Bytes in categories, so that one pass over a value tells in 32 bits what it holds. Which patterns can match a value, and
 * which transformations leave it as it is, is decided by that before anything is scanned.
 *
 * The last bits tell of the value's length.
 */
import { ByteSet } from './byte-set.ts';

/** Bytes that stand for themselves in attacks are alone; those that come together anyway are together. */
const CATEGORIES: readonly ByteSet[] = [
  ByteSet.of('abcdefghijklmnopqrstuvwxyz'),
  ByteSet.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  ByteSet.of('0123456789'),
  ByteSet.of('_'),
  ByteSet.of('-'),
  ByteSet.of('.'),
  ByteSet.of(' '),
  ByteSet.of('\t\n\v\f\r'),
  ByteSet.of('/'),
  ByteSet.of('\\'),
  ByteSet.of('='),
  ByteSet.of(':'),
  ByteSet.of('('),
  ByteSet.of(')'),
  ByteSet.of('"'),
  ByteSet.of("'"),
  ByteSet.of('`'),
  ByteSet.of('<'),
  ByteSet.of('>'),
  ByteSet.of(';'),
  ByteSet.of(','),
  ByteSet.of('%'),
  ByteSet.of('&|'),
  ByteSet.of('+'),
  ByteSet.of('$'),
  ByteSet.of('{}[]'),
  ByteSet.of('*?!#@~^'),
  ByteSet.ofRanges([0x00, 0x08], [0x0e, 0x1f], [0x7f, 0x7f]),
  ByteSet.ofRanges([0x80, 0xff]),
];

/** The category of each byte, 0 to 28. */
export const CATEGORY_OF: Uint8Array = new Uint8Array(256).map((_, byte) =>
  CATEGORIES.findIndex((set) => set.has(byte)),
);

/** Bit 29 stands for values of at least 3 bytes, and so on. */
export const LENGTH_BITS: readonly (readonly [bytesMin: number, bit: number])[] = [
  [3, 29],
  [5, 30],
  [9, 31],
];

/** The categories of which a set has a byte, as bits. */
export function categoriesOf(set: ByteSet): number {
  let bits = 0;
  for (const [category, members] of CATEGORIES.entries()) {
    if (!members.intersection(set).equals(ByteSet.NONE)) bits |= 1 << category;
  }
  return bits >>> 0;
}

/** The bytes of categories. */
export function bytesOf(bits: number): ByteSet {
  return CATEGORIES.reduce(
    (bytes, members, category) => ((bits >>> category) & 1 ? bytes.union(members) : bytes),
    ByteSet.NONE,
  );
}

/** What a value holds. */
export function categoriesIn(value: string): number {
  let bits = 0;
  for (let index = 0; index < value.length; index++) {
    bits |= 1 << (CATEGORY_OF[value.charCodeAt(index) & 0xff] ?? 0);
  }
  for (const [bytesMin, bit] of LENGTH_BITS) if (value.length >= bytesMin) bits |= 1 << bit;
  return bits >>> 0;
}
