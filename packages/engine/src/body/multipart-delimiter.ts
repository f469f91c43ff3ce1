/** What a line of a multipart body that begins with two dashes is. */

/** Blanks between the dashes and the boundary that are still taken for an attempt at one. */
const BLANKS_MAX = 64;
const BLANKS = ' \t\v\f\r';

export type Delimiter =
  /** The line must be known further to tell. */
  | { readonly kind: 'wait' }
  /** `dashes`: it begins with two dashes and could be taken for a delimiter by another parser. */
  | { readonly kind: 'none'; readonly dashes: boolean }
  /** `length`: bytes of the line with its end; `lineEnd` as sent, empty at the end of the body. */
  | { readonly kind: 'part' | 'final'; readonly length: number; readonly lineEnd: string }
  | { readonly kind: 'bad'; readonly reason: string };

const NONE: Delimiter = { kind: 'none', dashes: false };
const DASHES: Delimiter = { kind: 'none', dashes: true };
const WAIT: Delimiter = { kind: 'wait' };

export class DelimiterReader {
  readonly #delimiter: string;
  readonly #boundary: string;
  readonly #quoted: boolean;
  /** What may follow the dashes of a delimiter, or of an attempt at one. */
  readonly #leads: string;
  /** So many bytes of a line always suffice to tell. */
  readonly #window: number;

  /** `quoted`: the Content-Type had the boundary in quotes. */
  constructor(boundary: string, quoted: boolean) {
    this.#boundary = boundary;
    this.#delimiter = `--${boundary}`;
    this.#quoted = quoted;
    this.#leads = `${boundary[0]}${BLANKS}"`;
    this.#window = this.#delimiter.length + BLANKS_MAX;
  }

  /** Looks at the line that begins at `at`. With `final` nothing follows `text`, and the answer is never `wait`. */
  read(text: string, at: number, final: boolean): Delimiter {
    const start = text.slice(at, at + 2);
    if (start !== '--') return start === '-' && !final ? WAIT : NONE;
    const third = text[at + 2];
    // Most lines are told by one byte, without a look at the rest.
    if (third === '\n') return NONE;
    if (text.length > at + 3 && !this.#leads.includes(third as string)) return DASHES;
    const newline = text.indexOf('\n', at);
    if (newline < 0 && !final && text.length - at < this.#window) return WAIT;
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, Math.min(end, at + this.#window));
    return line.startsWith(this.#delimiter) ? this.#delimiterLine(line) : this.#otherLine(line);
  }

  #delimiterLine(line: string): Delimiter {
    const rest = line.slice(this.#delimiter.length);
    const isFinal = rest.startsWith('--');
    const lineEnd = isFinal ? rest.slice(2) : rest;
    const kind = isFinal ? 'final' : 'part';
    if (lineEnd === '\n' || lineEnd === '\r\n' || (lineEnd === '' && isFinal)) {
      return { kind, length: line.length, lineEnd };
    }
    return { kind: 'bad', reason: 'a boundary followed by something else' };
  }

  #otherLine(line: string): Delimiter {
    if (this.#quoted && line.startsWith(this.#boundary, 3) && line[2] === '"') {
      return { kind: 'bad', reason: 'a boundary in quotes' };
    }
    const content = line.slice(2).replace(/^[ \t\v\f\r]+/, '');
    if (content.length < line.length - 2 && content.startsWith(this.#boundary)) {
      return { kind: 'bad', reason: 'blanks before a boundary' };
    }
    return { kind: 'none', dashes: line.length > 3 };
  }
}
