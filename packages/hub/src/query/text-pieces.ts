/** Texts of a query with their escapes read: what is a wildcard, and what is only a character. */
import { PATTERN_WILDCARDS_MAX } from './limits.ts';
import { wellFormed } from './text.ts';
import type { PatternPart, Place } from './tree.ts';

/** Ends the reading of a query: an error that points at the place. */
export type Fail = (place: Place, reason: string) => never;

/** A run of characters, or a `*` or `?` that no backslash made plain. */
export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'question' };

const SHORT: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const THEMSELVES = '\\"\'*?';
const UNICODE = /u([0-9a-fA-F]{4})/y;

/** @param place of `raw` in the query, or of what stands for it there */
export function unescaped(
  raw: string,
  place: Place,
  { escapes, fail }: { readonly escapes: boolean; readonly fail: Fail },
): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') pieces.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw.charAt(at);
    if (character === '*' || character === '?') {
      flush();
      pieces.push({ kind: character === '*' ? 'star' : 'question' });
    } else if (character === '\\' && escapes) {
      const { value, length } = escapeAt(raw, at, { place, fail });
      text += value;
      at += length - 1;
    } else {
      text += character;
    }
  }
  flush();
  return pieces;
}

/** The character that stands behind a backslash, and how many characters the two took. */
function escapeAt(
  raw: string,
  at: number,
  { place, fail }: { readonly place: Place; readonly fail: Fail },
): { readonly value: string; readonly length: number } {
  const next = raw.charAt(at + 1);
  if (next !== '' && THEMSELVES.includes(next)) return { value: next, length: 2 };
  const short = SHORT[next];
  if (short !== undefined) return { value: short, length: 2 };
  UNICODE.lastIndex = at + 1;
  const code = UNICODE.exec(raw)?.[1];
  if (code !== undefined) return { value: String.fromCharCode(Number.parseInt(code, 16)), length: 6 };
  const start = Math.min(place.start + at, place.end);
  return fail({ start, end: start + 1 }, `unknown escape \\${next}: write \\\\ for a backslash`);
}

/** All of it as a text: wildcards are characters like others. */
export const literalText = (pieces: readonly TextPiece[]): string =>
  wellFormed(
    pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.kind === 'star' ? '*' : '?')).join(''),
  );

/** As a pattern: neighbouring texts are one, and so are neighbouring stars. */
export function patternOf(pieces: readonly TextPiece[], place: Place, fail: Fail): readonly PatternPart[] {
  const wildcards = pieces.filter(({ kind }) => kind !== 'text').length;
  if (wildcards > PATTERN_WILDCARDS_MAX) {
    fail(place, `${wildcards} wildcards in one pattern, at most ${PATTERN_WILDCARDS_MAX}`);
  }
  const parts: PatternPart[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'text') parts.push({ kind: 'text', text: wellFormed(piece.text) });
    else if (piece.kind === 'question') parts.push({ kind: 'one' });
    else if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
  }
  return parts;
}
