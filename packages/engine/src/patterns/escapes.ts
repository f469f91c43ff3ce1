/** What follows a backslash, read as PCRE2 10.42 reads it (pcre2pattern(3), "BACKSLASH"). */
import type { ByteSet } from './byte-set.ts';
import { ESCAPE_SETS, NOT_NEWLINE } from './named-sets.ts';
import { atCounts } from './quantifier.ts';
import { isAsciiLetter, isDigit, isHexDigit, isOctalDigit, type PatternReader } from './reader.ts';
import type { AnchorAt } from './tree.ts';

export type Escape =
  | { readonly kind: 'byte'; readonly byte: number }
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'anchor'; readonly at: AnchorAt }
  | { readonly kind: 'backreference'; readonly reference: GroupReference }
  | { readonly kind: 'newlineSequence' }
  | { readonly kind: 'keep' };

/** A group by its number, or by a name that may be defined further on. */
export type GroupReference = { readonly number: number } | { readonly name: string; readonly offset: number };

const CONTROL_BYTES: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['e', 0x1b],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
]);

const ANCHORS: ReadonlyMap<string, AnchorAt> = new Map([
  ['A', 'start'],
  // Matching never starts behind the value's first byte, so that \G is its start.
  ['G', 'start'],
  ['z', 'end'],
  ['Z', 'finalNewline'],
  ['b', 'wordBoundary'],
  ['B', 'notWordBoundary'],
]);

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['p', '\\p needs characters, and patterns match bytes'],
  ['P', '\\P needs characters, and patterns match bytes'],
  ['X', '\\X needs characters, and patterns match bytes'],
  ['C', '\\C is not supported; in byte patterns . means the same'],
]);

/**
 * Reads one escape outside of a class; the place is behind the backslash. `\Q` and `\E` are the caller's.
 */
export function readEscape(reader: PatternReader): Escape {
  const start = reader.position - 1;
  const char = reader.peek();
  const data = readDataEscape(reader);
  if (data !== null) return { kind: 'byte', byte: data };
  const anchor = ANCHORS.get(char);
  if (anchor !== undefined) {
    reader.position++;
    return { kind: 'anchor', at: anchor };
  }
  const shared = readSetEscape(reader);
  if (shared !== null) return { kind: 'set', set: shared };
  if (isDigit(char)) return readDigits(reader);
  reader.position++;
  switch (char) {
    case 'N':
      return readNotNewline(reader, start);
    case 'R':
      return { kind: 'newlineSequence' };
    case 'K':
      return { kind: 'keep' };
    case 'g':
      return { kind: 'backreference', reference: readNumberedReference(reader, start) };
    case 'k':
      return { kind: 'backreference', reference: readNamedReference(reader) };
    default:
      throw unknownEscape(reader, char, start);
  }
}

/** Reads one escape within a class. A byte, or a set; nothing else has a meaning there. */
export function readClassEscape(reader: PatternReader): number | ByteSet {
  const start = reader.position - 1;
  const char = reader.peek();
  const data = readDataEscape(reader);
  if (data !== null) return data;
  const set = readSetEscape(reader);
  if (set !== null) return set;
  if (isOctalDigit(char)) return readOctal(reader, 3, start);
  reader.position++;
  if (char === 'b') return 0x08;
  // Outside it would be a reference; within, PCRE2 reads a g.
  if (char === 'g') return 0x67;
  // 8 and 9 start no octal number, and a class has no references.
  if (isDigit(char)) return char.charCodeAt(0);
  if (ANCHORS.has(char) || 'NRKXk'.includes(char)) {
    throw reader.syntax(`\\${char} has no meaning within a class`, start);
  }
  throw unknownEscape(reader, char, start);
}

function unknownEscape(reader: PatternReader, char: string, start: number) {
  const reason = UNSUPPORTED.get(char);
  if (reason !== undefined) return reader.unsupported(reason, start);
  return reader.syntax(`unknown escape \\${char}`, start);
}

function readSetEscape(reader: PatternReader): ByteSet | null {
  const set = ESCAPE_SETS.get(reader.peek());
  if (set === undefined) return null;
  reader.position++;
  return set;
}

/** An escape that stands for one byte, wherever it is written; null where the letter means something else. */
function readDataEscape(reader: PatternReader): number | null {
  const start = reader.position - 1;
  if (reader.done) throw reader.syntax('the pattern ends in a backslash', start);
  const char = reader.peek();
  if (!isAsciiLetter(char) && !isDigit(char)) {
    reader.position++;
    return char.charCodeAt(0);
  }
  const control = CONTROL_BYTES.get(char);
  if (control !== undefined) {
    reader.position++;
    return control;
  }
  switch (char) {
    case 'x':
      reader.position++;
      return readHex(reader, start);
    case 'o':
      reader.position++;
      return readBraced(reader, isOctalDigit, 8, start);
    case '0':
      return readOctal(reader, 3, start);
    case 'c':
      reader.position++;
      return readControl(reader, start);
    default:
      return null;
  }
}

function readHex(reader: PatternReader, start: number): number {
  if (reader.peek() === '{') return readBraced(reader, isHexDigit, 16, start);
  // No digits are a NUL: PCRE2 reads \xg so.
  const digits = reader.takeRun(isHexDigit, 2);
  return digits === '' ? 0 : Number.parseInt(digits, 16);
}

/** `{digits}`: one byte in a base. */
function readBraced(
  reader: PatternReader,
  accepts: (char: string) => boolean,
  base: number,
  start: number,
): number {
  if (!reader.take('{')) throw reader.syntax('{ is missing', start);
  const digits = reader.takeRun(accepts);
  if (digits === '' || !reader.take('}')) throw reader.syntax('digits and } are expected', reader.position);
  const byte = Number.parseInt(digits, base);
  if (byte > 0xff) throw reader.syntax('a pattern matches bytes, and this is above 255', start);
  return byte;
}

function readOctal(reader: PatternReader, digitsMax: number, start: number): number {
  const byte = Number.parseInt(reader.takeRun(isOctalDigit, digitsMax), 8);
  if (byte > 0xff) throw reader.syntax('a pattern matches bytes, and this is above 255', start);
  return byte;
}

/** `\cX` */
function readControl(reader: PatternReader, start: number): number {
  const char = reader.peek();
  if (char < ' ' || char > '~') throw reader.syntax('\\c needs a printable ASCII character behind it', start);
  reader.position++;
  const code = char.charCodeAt(0);
  return (code >= 0x61 && code <= 0x7a ? code - 0x20 : code) ^ 0x40;
}

/**
 * `\1` to `\9` are references, always; so is a longer number that starts with 8 or 9, or for which there are groups
 * enough to the left. What is left is octal.
 */
function readDigits(reader: PatternReader): Escape {
  const start = reader.position - 1;
  const first = reader.peek();
  const digits = reader.takeRun(isDigit);
  const number = Number.parseInt(digits, 10);
  if (digits.length === 1 || first >= '8' || number <= reader.groupCount) {
    return { kind: 'backreference', reference: { number: checkedNumber(reader, number, start) } };
  }
  reader.position = start + 1;
  return { kind: 'byte', byte: readOctal(reader, 3, start) };
}

function checkedNumber(reader: PatternReader, number: number, offset: number): number {
  if (number <= 0) throw reader.syntax('a reference to a group that does not exist', offset);
  reader.numberReferences.push({ group: number, offset });
  return number;
}

/** `\g1`, `\g{1}`, `\g{-1}`, `\g{+1}`, `\g{name}` */
function readNumberedReference(reader: PatternReader, start: number): GroupReference {
  const quote = reader.peek();
  if (quote === '<' || quote === "'") throw reader.unsupported('a pattern cannot call its own groups', start);
  const braced = reader.take('{');
  const signs = reader.peek();
  const signed = signs === '+' || signs === '-';
  if (braced && !signed && !isDigit(signs)) return reader.readName('}');
  if (signed) reader.position++;
  const digits = reader.takeRun(isDigit);
  if (digits === '') throw reader.syntax('\\g needs a number or a name', start);
  if (braced && !reader.take('}')) throw reader.syntax('} is missing after \\g{');
  const count = Number.parseInt(digits, 10);
  if (!signed) return { number: checkedNumber(reader, count, start) };
  if (count === 0) throw reader.syntax('a relative reference cannot be 0', start);
  // -1 is the group that was opened last, +1 the one that opens next.
  const number = signs === '-' ? reader.groupCount + 1 - count : reader.groupCount + count;
  return { number: checkedNumber(reader, number, start) };
}

/** `\k{name}`, `\k<name>`, `\k'name'` */
function readNamedReference(reader: PatternReader): GroupReference {
  if (reader.take('{')) return reader.readName('}');
  if (reader.take('<')) return reader.readName('>');
  if (reader.take("'")) return reader.readName("'");
  throw reader.syntax('\\k needs a name in braces, angle brackets or quotes');
}

/** `\N`, which a `{` may follow only as a quantifier: `\N{name}` names a character. */
function readNotNewline(reader: PatternReader, start: number): Escape {
  if (reader.peek() === '{' && !atCounts(reader)) {
    throw reader.syntax('\\N{...} needs characters, and patterns match bytes', start);
  }
  return { kind: 'set', set: NOT_NEWLINE };
}
