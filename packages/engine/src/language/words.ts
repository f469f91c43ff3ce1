/** A directive's words: bare ones end at a blank, quoted ones at their quote. */
import type { SourcePosition } from '../errors.ts';
import type { LogicalLine } from './lines.ts';
import { type Place, syntaxError } from './place.ts';
import { isBlank, readQuoted, skipBlanks } from './quoting.ts';

/**
 * How a bare word is read: in a list of targets a selector in single quotes may hold blanks; a block stands between
 * back-quotes.
 */
export type WordForm = 'plain' | 'targets' | 'block';

/** One word, its quoting undone. */
export class Word {
  readonly value: string;
  readonly #line: LogicalLine;
  readonly #start: number;
  readonly #sourceIndex: (valueIndex: number) => number;

  constructor(line: LogicalLine, start: number, value: string, sourceIndex: (valueIndex: number) => number) {
    this.value = value;
    this.#line = line;
    this.#start = start;
    this.#sourceIndex = sourceIndex;
  }

  /** Where the word begins, its quote included. */
  get position(): SourcePosition {
    return this.#line.positionAt(this.#start);
  }

  get place(): Place {
    return this.#line.placeAt(this.#start);
  }

  positionAt(valueIndex: number): SourcePosition {
    return this.#line.positionAt(this.#sourceIndex(valueIndex));
  }

  placeAt(valueIndex: number): Place {
    return this.#line.placeAt(this.#sourceIndex(valueIndex));
  }
}

/**
 * Splits a line into words.
 *
 * @param formOf how the bare word of an index is read; index 0 is the directive's name
 * @throws EngineError SECLANG_SYNTAX for a quote that is not closed, or text that sticks to a closing quote
 */
export function readWords(line: LogicalLine, formOf: (index: number) => WordForm): readonly Word[] {
  const words: Word[] = [];
  const { text } = line;
  let index = skipBlanks(text, 0);
  while (index < text.length) {
    const start = index;
    const first = text[index];
    if (first === '"' || first === "'") {
      const quoted = readQuoted(text, index);
      if (quoted === null) throw syntaxError(line.placeAt(index), 'a quote is not closed');
      index = quoted.end;
      if (index < text.length && !isBlank(text[index])) {
        throw syntaxError(line.placeAt(index), `text follows the closing quote; inside, write \\${first}`);
      }
      words.push(new Word(line, start, quoted.value, quoted.sourceIndex));
    } else if (first === '`' && formOf(words.length) === 'block') {
      const close = text.indexOf('`', index + 1);
      if (close < 0) throw syntaxError(line.placeAt(index), 'a back-quote is not closed');
      index = close + 1;
      words.push(new Word(line, start, text.slice(start + 1, close), (at) => start + 1 + at));
    } else if (first === '#') {
      throw syntaxError(
        line.placeAt(index),
        'a comment inside a directive; put it on a line of its own above',
      );
    } else {
      index = endOfBareWord(line, index, formOf(words.length));
      words.push(new Word(line, start, text.slice(start, index), (at) => start + at));
    }
    index = skipBlanks(text, index);
  }
  return words;
}

function endOfBareWord(line: LogicalLine, start: number, form: WordForm): number {
  const { end, openQuote } = scanBareWord(line.text, start, form);
  if (openQuote >= 0) throw syntaxError(line.placeAt(openQuote), 'a quote is not closed');
  return end;
}

/** Where a bare word ends, and the quote in it that is not closed, or -1. */
export function scanBareWord(
  text: string,
  start: number,
  form: WordForm,
): { readonly end: number; readonly openQuote: number } {
  let index = start;
  while (index < text.length && !isBlank(text[index])) {
    if (form === 'targets' && text[index] === ':' && text[index + 1] === "'") {
      const quoted = readQuoted(text, index + 1);
      if (quoted === null) return { end: text.length, openQuote: index + 1 };
      index = quoted.end;
    } else {
      index++;
    }
  }
  return { end: index, openQuote: -1 };
}
