/** Words, quotes and signs of a query. */
import { VALUE_CHARACTERS_MAX } from './limits.ts';
import { type Fail, type TextPiece, unescaped } from './text-pieces.ts';
import type { Place } from './tree.ts';

export type Sign = '(' | ')' | '{' | '}' | ',' | '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Token = Place &
  (
    | { readonly kind: 'sign'; readonly sign: Sign }
    /** Without quotes: a field, a value, or one of AND, OR, NOT, IN, NOTIN. No backslash is special in it. */
    | { readonly kind: 'word'; readonly pieces: readonly TextPiece[] }
    | { readonly kind: 'quoted'; readonly pieces: readonly TextPiece[] }
    /** `${name}` */
    | { readonly kind: 'substitution'; readonly name: string }
    | { readonly kind: 'end' }
  );

const BLANK = /\s+/y;
const SIGN = /[(){},]|[<>!]=|[=<>]/y;
const WORD = /[^\s(){},=<>!"'$]+/y;
const SUBSTITUTION = /\$\{([^{}]*)\}/y;

/** Reads token by token, so that the first fault of a query is the one that is told. */
export class Lexer {
  readonly #text: string;
  readonly #fail: Fail;
  #at = 0;

  constructor(text: string, fail: Fail) {
    this.#text = text;
    this.#fail = fail;
  }

  next(): Token {
    this.#take(BLANK);
    const start = this.#at;
    if (start === this.#text.length) return { kind: 'end', start, end: start };
    const first = this.#text[start];
    if (first === '"' || first === "'") return this.#quoted(first);
    const sign = this.#take(SIGN);
    if (sign !== undefined) return { kind: 'sign', sign: sign[0] as Sign, start, end: this.#at };
    const substitution = this.#take(SUBSTITUTION);
    if (substitution !== undefined) {
      return { kind: 'substitution', name: substitution[1] ?? '', start, end: this.#at };
    }
    const word = this.#take(WORD)?.[0];
    if (word === undefined) {
      return this.#fail(
        { start, end: start + 1 },
        `${first} is not expected here: quote it if it is part of a text`,
      );
    }
    const place = { start, end: this.#at };
    const pieces = unescaped(word, place, { escapes: false, fail: this.#fail });
    return { kind: 'word', pieces: this.#bounded(pieces, place), ...place };
  }

  #quoted(quote: string): Token {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== quote) end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length)
      return this.#fail({ start, end: this.#text.length }, `${quote} is not closed`);
    this.#at = end + 1;
    const raw = this.#text.slice(start + 1, end);
    const pieces = unescaped(raw, { start: start + 1, end }, { escapes: true, fail: this.#fail });
    const place = { start, end: this.#at };
    return { kind: 'quoted', pieces: this.#bounded(pieces, place), ...place };
  }

  #bounded(pieces: readonly TextPiece[], place: Place): readonly TextPiece[] {
    const length = pieces.reduce((sum, piece) => sum + (piece.kind === 'text' ? piece.text.length : 0), 0);
    if (length <= VALUE_CHARACTERS_MAX) return pieces;
    return this.#fail(place, `a text of ${length} characters, at most ${VALUE_CHARACTERS_MAX}`);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}
