/**
 * Quotes of the language. A backslash escapes the quote in force, so that patterns keep their backslashes: in "…" only
 * `\"` becomes `"`, in '…' only `\'` becomes `'`. A backslash still shields the character after it while the end is looked
 * for: `"\\"` is closed, `"\"` is not. Four backslashes in the words of a directive are two: rules that were written for
 * httpd, which halves them, mean one backslash to the pattern.
 */

export type Quote = '"' | "'";

/** A value with its quotes undone, and the way back to where each character was written. */
export interface QuotedText {
  readonly value: string;
  /** Index in the source of the first character after the closing quote. */
  readonly end: number;
  /** Index in the source of a character of the value. */
  sourceIndex(valueIndex: number): number;
}

export const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\r' || character === '\v' || character === '\f';

/** The first index from `from` on that is no blank. */
export function skipBlanks(text: string, from: number): number {
  let index = from;
  while (isBlank(text[index])) index++;
  return index;
}

/** The index after the last character that is no blank, not before `from`. */
export function trimEnd(text: string, from: number, end: number): number {
  let index = end;
  while (index > from && isBlank(text[index - 1])) index--;
  return index;
}

const FOUR_BACKSLASHES = '\\\\\\\\';

/**
 * Reads quoted text.
 *
 * @param open index of the opening quote, which decides the closing one
 * @param doubling whether this is an argument inside of a word: a doubled quote stands for one, as in `'it''s'`, and
 *   backslashes are not halved again
 * @returns null where the quote is not closed
 */
export function readQuoted(text: string, open: number, doubling = false): QuotedText | null {
  const quote = text[open];
  const start = open + 1;
  const parts: string[] = [];
  // Indexes in the value before which one character of the source was left out, ascending.
  const removed: number[] = [];
  let partStart = start;
  let length = 0;
  for (let index = start; index < text.length; index++) {
    const isEscape = text[index] === '\\';
    if (!isEscape && text[index] !== quote) continue;
    const isPair = text[index + 1] === quote && (isEscape || doubling);
    if (isEscape && !doubling && text.startsWith(FOUR_BACKSLASHES, index)) {
      parts.push(text.slice(partStart, index + 2));
      length += index + 2 - partStart;
      removed.push(length, length);
      partStart = index + 4;
      index += 2;
    } else if (isPair) {
      parts.push(text.slice(partStart, index));
      length += index - partStart;
      removed.push(length);
      partStart = index + 1;
    } else if (!isEscape) {
      parts.push(text.slice(partStart, index));
      return {
        value: parts.join(''),
        end: index + 1,
        sourceIndex: (at) => start + at + countUpTo(removed, at),
      };
    }
    index++;
  }
  return null;
}

/** How many of the ascending numbers are not above `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The quoted form of a value, or null where this quote cannot hold it (a backslash before a quote, or at the end). */
export function writeQuoted(value: string, quote: Quote): string | null {
  const doubled = value.replaceAll(FOUR_BACKSLASHES, FOUR_BACKSLASHES.repeat(2));
  const written = quote + doubled.replaceAll(quote, `\\${quote}`) + quote;
  const read = readQuoted(written, 0);
  return read !== null && read.end === written.length && read.value === value ? written : null;
}
