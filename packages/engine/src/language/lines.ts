/**
 * Rule files as lines: physical lines joined where one ends in a backslash, comments and empty lines left out, every
 * character still knowing where it was written.
 */
import type { SourcePosition } from '../errors.ts';
import { type Place, syntaxError } from './place.ts';
import { skipBlanks, trimEnd } from './quoting.ts';

/** A UTF-8 byte order mark, as latin1. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/** No directive's name is longer. */
const FIRST_NAME = /[A-Za-z0-9]{1,64}/y;

/** A piece of one physical line within a joined one. */
interface Segment {
  /** Index of its first character in the joined text. */
  readonly start: number;
  /** Index of its physical line's first character in the file. */
  readonly lineStart: number;
  readonly line: number;
  /** Columns before the piece. */
  readonly skipped: number;
}

/** One directive's text: a physical line, or several joined. */
export class LogicalLine {
  readonly text: string;
  readonly #file: string;
  readonly #source: string;
  readonly #segments: readonly Segment[];

  constructor(file: string, source: string, text: string, segments: readonly Segment[]) {
    this.text = text;
    this.#file = file;
    this.#source = source;
    this.#segments = segments;
  }

  /** The word that the line begins with, as far as it can be a directive's name; else empty. */
  firstName(): string {
    FIRST_NAME.lastIndex = skipBlanks(this.text, 0);
    return FIRST_NAME.exec(this.text)?.[0] ?? '';
  }

  positionAt(index: number): SourcePosition {
    const segment = this.#segmentAt(index);
    return { file: this.#file, line: segment.line, column: index - segment.start + segment.skipped + 1 };
  }

  placeAt(index: number): Place {
    return placeOf(this.positionAt(index), this.#source, this.#segmentAt(index).lineStart);
  }

  #segmentAt(index: number): Segment {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle]?.start ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low] ?? { start: 0, lineStart: 0, line: 1, skipped: 0 };
  }
}

/** The source line is cut out when an error asks for it: places are made for every node, and a line can be long. */
function placeOf(position: SourcePosition, source: string, lineStart: number): Place {
  return {
    position,
    get sourceLine() {
      const end = source.indexOf('\n', lineStart);
      const line = source.slice(lineStart, end < 0 ? source.length : end);
      return line.endsWith('\r') ? line.slice(0, -1) : line;
    },
  };
}

/**
 * The lines of a file that hold directives, in order. Linear in the text.
 *
 * @throws EngineError SECLANG_SYNTAX where a comment ends in a backslash and the next line is neither empty nor a comment:
 *   ModSecurity takes that line for part of the comment, Coraza for a directive, so a rule would silently be lost in one
 */
export function* logicalLines(file: string, source: string): Generator<LogicalLine> {
  const scanner = new PhysicalLines(source);
  let afterOpenComment = false;
  while (scanner.advance()) {
    const { start, end, line } = scanner;
    const first = skipBlanks(source, start);
    if (first >= end) {
      afterOpenComment = false;
    } else if (source[first] === '#') {
      afterOpenComment = scanner.continues;
    } else if (afterOpenComment) {
      const position = { file, line, column: first - scanner.lineStart + 1 };
      const place = placeOf(position, source, scanner.lineStart);
      throw syntaxError(place, 'the comment above ends in a backslash and would swallow this line');
    } else if (isDataset(source, first)) {
      yield blockLine(file, source, scanner);
    } else {
      yield joinedLine(file, source, scanner);
    }
  }
}

const DATASET = /SecDataset(?=\s)[^`\n]*`/iy;

/** SecDataset alone has an argument of many lines, between back-quotes. */
function isDataset(source: string, start: number): boolean {
  DATASET.lastIndex = start;
  return DATASET.test(source);
}

/** The line under the scanner and those to the closing back-quote, as they stand. */
function blockLine(file: string, source: string, scanner: PhysicalLines): LogicalLine {
  const from = scanner.start;
  const close = source.indexOf('`', source.indexOf('`', from) + 1);
  const segments: Segment[] = [];
  for (;;) {
    const { start, end, lineStart, line } = scanner;
    segments.push({ start: start - from, lineStart, line, skipped: start - lineStart });
    const isLast = close >= 0 && close < scanner.next;
    if (isLast) return new LogicalLine(file, source, source.slice(from, Math.max(end, close + 1)), segments);
    if (!scanner.advance()) {
      const first = segments[0] as Segment;
      const position = { file, line: first.line, column: first.skipped + 1 };
      throw syntaxError(placeOf(position, source, first.lineStart), 'a back-quote is not closed');
    }
  }
}

/** The line under the scanner with those that continue it. */
function joinedLine(file: string, source: string, scanner: PhysicalLines): LogicalLine {
  const pieces: string[] = [];
  const segments: Segment[] = [];
  let length = 0;
  for (;;) {
    const { start, end, lineStart, line, continues } = scanner;
    segments.push({ start: length, lineStart, line, skipped: start - lineStart });
    pieces.push(source.slice(start, end));
    length += end - start;
    if (!continues || !scanner.advance()) return new LogicalLine(file, source, pieces.join(''), segments);
  }
}

/** Walks over physical lines. */
class PhysicalLines {
  /** Of the content: after a byte order mark. */
  start = 0;
  /** Of the content: before the line's end, and before the backslash and blanks of a line that goes on. */
  end = 0;
  lineStart = 0;
  line = 0;
  /** Whether the line ends in a backslash; blanks after it are forgiven, since they cannot be seen. */
  continues = false;
  readonly #source: string;
  /** Where the next line begins. */
  next = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Goes to the next line; false where there is none. */
  advance(): boolean {
    if (this.next >= this.#source.length) return false;
    const newline = this.#source.indexOf('\n', this.next);
    this.line++;
    this.lineStart = this.next;
    this.start =
      this.line === 1 && this.#source.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : this.next;
    this.next = newline < 0 ? this.#source.length : newline + 1;
    const contentEnd = newline < 0 ? this.#source.length : newline;
    const trimmed = trimEnd(this.#source, this.start, contentEnd);
    this.continues = trimmed > this.start && this.#source[trimmed - 1] === '\\';
    this.end = this.continues ? trimmed - 1 : trimmed;
    return true;
  }
}
