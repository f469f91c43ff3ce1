/**
 * JSON (RFC 8259), strict, as a stream. Each scalar is an argument named by its path: `json.a.b.0`, a scalar document
 * `json`. Order and duplicate keys are kept. Numbers, `true` and `false` keep their text; `null` is empty, as in
 * libmodsecurity (yajl_null). An empty object or array below the top gives its name with an empty value, because its
 * key came from the client and would otherwise be seen by no rule.
 */
import { GuardedSink } from './guarded-sink.ts';
import { JsonPath } from './json-path.ts';
import { JsonString } from './json-string.ts';
import type { BodyErrorKind, BodyProcessorOptions, BodySink, CreateBodyProcessor } from './processor.ts';
import { StreamingProcessor } from './streaming-processor.ts';

type Mode =
  | 'value'
  | 'value-or-end'
  | 'key-or-end'
  | 'key'
  | 'colon'
  | 'comma-or-end'
  | 'done'
  | 'string'
  | 'key-string'
  | 'word';

/** Names repeat the keys around them; more than this many times the body's limit in all is an attack on memory. */
const NAME_BYTES_FACTOR = 4;

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
/** Bits of what a byte can be outside of strings. */
const IS_BLANK = 1;
/** Begins a number or a literal. */
const IS_WORD_START = 2;
/** Goes on with one. */
const IS_WORD = 4;

const kinds = (): Uint8Array => {
  const bits = new Uint8Array(256);
  for (let code = 0; code < bits.length; code++) {
    const byte = String.fromCharCode(code);
    if (/[ \t\n\r]/.test(byte)) bits[code] = IS_BLANK;
    else if (/[-0-9a-z]/.test(byte)) bits[code] = IS_WORD_START | IS_WORD;
    else if (/[+.A-Z]/.test(byte)) bits[code] = IS_WORD;
  }
  return bits;
};
const KINDS = kinds();

const isKind = (code: number, kind: number): boolean => ((KINDS[code] ?? 0) & kind) !== 0;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const UTF8_MARK = '\xef\xbb\xbf';

const EXPECTED: Readonly<Record<Mode, string>> = {
  value: 'a value',
  'value-or-end': 'a value or ]',
  'key-or-end': 'a key or }',
  key: 'a key',
  colon: 'a colon',
  'comma-or-end': 'a comma or the end of the array or object',
  done: 'the end of the body',
  string: 'the end of a string',
  'key-string': 'the end of a key',
  word: 'the end of a value',
};

class JsonProcessor extends StreamingProcessor {
  readonly #depthMax: number;
  readonly #nameBytesMax: number;
  readonly #path = new JsonPath();
  readonly #string = new JsonString();
  #mode: Mode = 'value';
  /** A number or literal that has not ended yet, and the offset of its first byte. */
  #word = '';
  #wordOffset = 0;
  #nameBytes = 0;

  constructor(sink: BodySink, options: BodyProcessorOptions) {
    super(new GuardedSink(sink, options.limits), options.limits.requestBodyNoFilesBytesMax);
    this.#depthMax = options.limits.bodyDepthMax;
    this.#nameBytesMax = options.limits.requestBodyNoFilesBytesMax * NAME_BYTES_FACTOR;
  }

  protected override read(text: string, base: number, final: boolean): number {
    // Left out before the text, as many parsers leave it out (RFC 8259 §8.1); anywhere else it is no JSON.
    if (base === 0 && !final && text.length < UTF8_MARK.length && UTF8_MARK.startsWith(text)) return 0;
    let at = base === 0 && text.startsWith(UTF8_MARK) ? UTF8_MARK.length : 0;
    while (at < text.length && !this.sink.failed) {
      if (this.#mode === 'string' || this.#mode === 'key-string') {
        const next = this.#readString(text, at, base);
        if (next < 0) return -next - 1;
        at = next;
      } else if (this.#mode === 'word') {
        at = this.#readWord(text, at, base);
      } else {
        const code = text.charCodeAt(at);
        at = isKind(code, IS_BLANK) ? at + 1 : this.#structural(code, at, base);
      }
    }
    return at;
  }

  protected override finish(length: number): void {
    if (this.#mode === 'word') this.#endWord(length);
    if (this.#mode !== 'done') this.#fail('syntax', `the body ends before ${EXPECTED[this.#mode]}`, length);
  }

  /** Returns the position after what was read; as -position - 1 where the rest of `text` must wait for more. */
  #readString(text: string, at: number, base: number): number {
    const step = this.#string.read(text, at);
    const { next } = this.#string;
    if (step === 'bad') {
      this.#fail('syntax', this.#string.reason, base + next);
      return next;
    }
    if (step === 'partial') return -next - 1;
    if (this.#mode === 'key-string') {
      this.#path.setKey(this.#string.take());
      this.#mode = 'colon';
    } else {
      this.#emit(this.#string.take(), base + next);
      this.#endValue();
    }
    return next;
  }

  #readWord(text: string, at: number, base: number): number {
    let end = at;
    while (end < text.length && isKind(text.charCodeAt(end), IS_WORD)) end++;
    const part = text.slice(at, end);
    this.#word = this.#word === '' ? part : this.#word + part;
    if (end < text.length) this.#endWord(base + end);
    return end;
  }

  #endWord(byteOffset: number): void {
    const word = this.#word;
    this.#word = '';
    if (word === 'null') this.#emit('', byteOffset);
    else if (word === 'true' || word === 'false' || NUMBER.test(word)) this.#emit(word, byteOffset);
    else this.#fail('syntax', 'neither a number nor true, false or null', this.#wordOffset);
    this.#endValue();
  }

  /** One byte outside of strings and words. Returns the position to read on from. */
  #structural(code: number, at: number, base: number): number {
    const mode = this.#mode;
    const wantsValue = mode === 'value' || mode === 'value-or-end';
    if (code === QUOTE && wantsValue) this.#mode = 'string';
    else if (code === QUOTE && (mode === 'key' || mode === 'key-or-end')) this.#mode = 'key-string';
    else if (code === COLON && mode === 'colon') this.#mode = 'value';
    else if (code === COMMA && mode === 'comma-or-end') this.#mode = this.#path.inArray ? 'value' : 'key';
    else if ((code === OPEN_OBJECT || code === OPEN_ARRAY) && wantsValue) {
      this.#enter(code === OPEN_ARRAY, base + at);
    } else if (this.#closes(code)) this.#leave(base + at + 1);
    else if (wantsValue && isKind(code, IS_WORD_START)) {
      this.#mode = 'word';
      this.#wordOffset = base + at;
      return at;
    } else {
      const byte = code.toString(16).padStart(2, '0');
      this.#fail('syntax', `byte 0x${byte} where ${EXPECTED[mode]} should be`, base + at);
    }
    return at + 1;
  }

  #closes(code: number): boolean {
    if (code === CLOSE_ARRAY) {
      return this.#mode === 'value-or-end' || (this.#mode === 'comma-or-end' && this.#path.inArray);
    }
    if (code === CLOSE_OBJECT) {
      return this.#mode === 'key-or-end' || (this.#mode === 'comma-or-end' && !this.#path.inArray);
    }
    return false;
  }

  #enter(isArray: boolean, byteOffset: number): void {
    if (this.#path.depth === this.#depthMax) {
      this.#fail('depth', `nested deeper than ${this.#depthMax}`, byteOffset);
      return;
    }
    this.#path.enter(isArray);
    this.#mode = isArray ? 'value-or-end' : 'key-or-end';
  }

  #leave(byteOffset: number): void {
    const wasEmpty = this.#path.leave();
    if (wasEmpty && this.#path.depth > 0) this.#emit('', byteOffset);
    this.#endValue();
  }

  #endValue(): void {
    this.#path.advance();
    this.#mode = this.#path.depth === 0 ? 'done' : 'comma-or-end';
  }

  #emit(value: string, byteOffset: number): void {
    const name = this.#path.name;
    this.#nameBytes += name.length;
    if (this.#nameBytes > this.#nameBytesMax) {
      this.#fail('size', `the names of all values take more than ${this.#nameBytesMax} bytes`, byteOffset);
      return;
    }
    this.sink.argument(name, value, byteOffset);
  }

  #fail(kind: BodyErrorKind, reason: string, byteOffset: number): void {
    this.sink.error(kind, `JSON: ${reason} (byte ${byteOffset})`, byteOffset);
  }
}

export const createJsonProcessor: CreateBodyProcessor = (sink, options) => new JsonProcessor(sink, options);
