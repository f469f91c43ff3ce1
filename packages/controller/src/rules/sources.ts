/** A RuleSet's fragments as the engine reads them, and places in them as people do. */
import { fromText, type SourcePosition } from '@sluice/engine';
import type { Candidate } from './verdict.ts';

export type Side = 'before' | 'after';

/** One fragment: bytes as latin1, under a path that says whose it is. */
export interface Fragment {
  readonly candidate: Candidate;
  readonly side: Side;
  /** `shop/payments/spec.before`. */
  readonly path: string;
  readonly text: string;
}

/** Fragments that hold anything. */
export function fragmentsOf(candidate: Candidate): readonly Fragment[] {
  const sides: readonly Side[] = ['before', 'after'];
  return sides.flatMap((side) => {
    const text = candidate.spec[side];
    if (text === undefined || text.trim() === '') return [];
    return [{ candidate, side, path: `${candidate.key}/spec.${side}`, text: fromText(text) }];
  });
}

const LINE_CHARACTERS_MAX = 120;

/** Bytes as text: what is no UTF-8 stays readable. */
export const asText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** `shop/payments/spec.before:3:14: what is wrong [CODE]`, the line, and a caret below the column. */
export function shownAt(position: SourcePosition, what: string, bytes: string | undefined): string {
  const head = `${position.file}:${position.line}:${position.column}: ${what}`;
  const line = bytes?.split('\n', position.line)[position.line - 1]?.replace(/\r$/, '');
  if (line === undefined) return head;
  // Columns count bytes; a caret counts what is shown.
  const before = asText(line.slice(0, position.column - 1));
  const text = asText(line);
  const start = Math.max(
    0,
    Math.min(before.length - LINE_CHARACTERS_MAX / 2, text.length - LINE_CHARACTERS_MAX),
  );
  const end = start + LINE_CHARACTERS_MAX;
  const cut = (start > 0 ? '…' : '') + text.slice(start, end) + (end < text.length ? '…' : '');
  const column = before.length - start + (start > 0 ? 1 : 0);
  // No character of somebody else's steers a terminal.
  const safe = cut.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '·');
  return `${head}\n  ${safe}\n  ${safe.slice(0, column).replace(/[^\t]/g, ' ')}^`;
}
