/**
 * The inside of a JSON string, from after its opening quote. `\uXXXX` becomes UTF-8 bytes, surrogate pairs are joined,
 * a lone surrogate keeps its three-byte form; bytes that are not UTF-8 stay as they are.
 */
import { encodeUtf8 } from './utf8.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
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

/** `partial`: all that can be read was read; the rest must wait for more. `bad`: what stands there is no JSON. */
export type JsonStringStep = 'complete' | 'partial' | 'bad';

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Where a run of plain bytes ends: at a quote, a backslash or a control character, or with the text. */
function endOfPlain(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === BACKSLASH || code < FIRST_PRINTABLE) return at;
  }
  return text.length;
}

export class JsonString {
  #value = '';
  /** A high surrogate that waits for its low one; -1 for none. */
  #high = -1;
  #next = 0;
  #reason = '';

  /** Up to where the last `read` came. */
  get next(): number {
    return this.#next;
  }

  /** Why the last `read` was bad. */
  get reason(): string {
    return this.#reason;
  }

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
      const stop = endOfPlain(text, at);
      this.#next = stop;
      if (stop > at) {
        this.#flushHigh();
        const plain = text.slice(at, stop);
        this.#value = this.#value === '' ? plain : this.#value + plain;
      }
      if (stop === text.length) return 'partial';
      const special = text.charCodeAt(stop);
      if (special === QUOTE) {
        this.#next = stop + 1;
        return 'complete';
      }
      if (special !== BACKSLASH) return this.#refuse('a control character in a string');
      const length = this.#escape(text, stop);
      if (length === 0) return 'partial';
      if (length < 0) return this.#refuse('an escape that JSON does not know');
      at = stop + length;
    }
  }

  #refuse(reason: string): JsonStringStep {
    this.#reason = reason;
    return 'bad';
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
