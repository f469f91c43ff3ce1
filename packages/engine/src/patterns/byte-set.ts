/** A set of byte values. Immutable: every operation returns a set. */

export type ByteRange = readonly [low: number, high: number];

const WORDS = 8;
/** A to Z in the third word of a set, a to z in the fourth, both as bits 1 to 26. */
const LETTER_BITS = 0x07fffffe;

export class ByteSet {
  static readonly NONE = new ByteSet(new Uint32Array(WORDS));
  static readonly ALL = new ByteSet(new Uint32Array(WORDS).fill(0xffffffff));

  readonly #words: Uint32Array;

  private constructor(words: Uint32Array) {
    this.#words = words;
  }

  /** The bytes from `low` to `high` of every range, both included. */
  static ofRanges(...ranges: readonly ByteRange[]): ByteSet {
    const words = new Uint32Array(WORDS);
    for (const [low, high] of ranges) {
      for (let byte = low; byte <= high; byte++) {
        words[byte >> 5] = (words[byte >> 5] ?? 0) | (1 << (byte & 31));
      }
    }
    return new ByteSet(words);
  }

  /** The bytes of a latin1 string. */
  static of(bytes: string): ByteSet {
    return ByteSet.ofRanges(
      ...Array.from(bytes, (char): ByteRange => [char.charCodeAt(0), char.charCodeAt(0)]),
    );
  }

  has(byte: number): boolean {
    return (((this.#words[byte >> 5] ?? 0) >>> (byte & 31)) & 1) === 1;
  }

  union(other: ByteSet): ByteSet {
    return new ByteSet(this.#words.map((word, i) => word | (other.#words[i] ?? 0)));
  }

  intersection(other: ByteSet): ByteSet {
    return new ByteSet(this.#words.map((word, i) => word & (other.#words[i] ?? 0)));
  }

  complement(): ByteSet {
    return new ByteSet(this.#words.map((word) => ~word));
  }

  /** Whether another set has all bytes of this one. */
  within(other: ByteSet): boolean {
    return this.intersection(other).equals(this);
  }

  equals(other: ByteSet): boolean {
    return this.#words.every((word, i) => word === other.#words[i]);
  }

  /** The set with both cases of each ASCII letter that it has in one. */
  foldAscii(): ByteSet {
    const words = this.#words.slice();
    const letters = ((words[2] ?? 0) | (words[3] ?? 0)) & LETTER_BITS;
    words[2] = (words[2] ?? 0) | letters;
    words[3] = (words[3] ?? 0) | letters;
    return new ByteSet(words);
  }

  get size(): number {
    let count = 0;
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) count++;
    return count;
  }

  /** The fewest ranges that make up the set, ascending. */
  ranges(): ByteRange[] {
    const ranges: ByteRange[] = [];
    for (let byte = 0; byte < 256; byte++) {
      if (!this.has(byte)) continue;
      const low = byte;
      while (byte < 255 && this.has(byte + 1)) byte++;
      ranges.push([low, byte]);
    }
    return ranges;
  }
}
