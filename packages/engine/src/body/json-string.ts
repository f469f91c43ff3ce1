/**
 * The inside of a JSON string, from after its opening quote. `\uXXXX` becomes UTF-8 bytes, surrogate pairs are joined,
 * a lone surrogate keeps its three-byte form; bytes that are not UTF-8 stay as they are.
 */
import { encodeUtf8 } from './utf8.ts';

/** The bytes that end a run of plain ones. */
const SPECIAL = /["\\\x00-\x1f]/g;
const HEX4 = /^[0-9a-fA-F]{4}$/;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** `partial`: all that can be read was read, up to `next`. `bad`: `next` is where, `reason` why. */
export type JsonStringStep =
  | { readonly kind: 'complete' | 'partial'; readonly next: number }
  | { readonly kind: 'bad'; readonly next: number; readonly reason: string };

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

export class JsonString {
  #value = '';
  /** A high surrogate that waits for its low one; -1 for none. */
  #high = -1;

  /** The decoded value; the string is empty again after it. */
  take(): string {
    this.#flushHigh();
    const value = this.#value;
    this.#value = '';
    return value;
  }

  /** Reads on from `start`. An escape that `text` cuts off is left unread (at most five bytes). */
  read(text: string, start: number): JsonStringStep {
    for (let at = start; ; ) {
      SPECIAL.lastIndex = at;
      const stop = SPECIAL.exec(text)?.index ?? text.length;
      if (stop > at) {
        this.#flushHigh();
        this.#value += text.slice(at, stop);
      }
      if (stop === text.length) return { kind: 'partial', next: stop };
      const special = text[stop];
      if (special === '"') return { kind: 'complete', next: stop + 1 };
      if (special !== '\\') return { kind: 'bad', next: stop, reason: 'a control character in a string' };
      const length = this.#escape(text, stop);
      if (length === 0) return { kind: 'partial', next: stop };
      if (length < 0) return { kind: 'bad', next: stop, reason: 'an escape that JSON does not know' };
      at = stop + length;
    }
  }

  /** Reads the escape at `at`. Returns its length, 0 where it is cut off, -1 where it is none. */
  #escape(text: string, at: number): number {
    const letter = text[at + 1];
    if (letter === undefined) return 0;
    if (letter !== 'u') {
      const plain = SIMPLE_ESCAPES[letter];
      if (plain === undefined) return -1;
      this.#flushHigh();
      this.#value += plain;
      return 2;
    }
    const digits = text.slice(at + 2, at + 6);
    if (digits.length < 4) return 0;
    if (!HEX4.test(digits)) return -1;
    this.#appendUnit(Number.parseInt(digits, 16));
    return 6;
  }

  #appendUnit(unit: number): void {
    if (this.#high >= 0 && isLow(unit)) {
      this.#value += encodeUtf8(0x10000 + ((this.#high - 0xd800) << 10) + (unit - 0xdc00));
      this.#high = -1;
      return;
    }
    this.#flushHigh();
    if (isHigh(unit)) this.#high = unit;
    else this.#value += encodeUtf8(unit);
  }

  #flushHigh(): void {
    if (this.#high < 0) return;
    this.#value += encodeUtf8(this.#high);
    this.#high = -1;
  }
}
