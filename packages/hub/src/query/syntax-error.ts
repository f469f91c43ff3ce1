/** A fault of a query, shown with a caret under it. */
import { HubError } from '../errors.ts';
import { ERROR_WINDOW_CHARACTERS } from './limits.ts';
import type { Place } from './tree.ts';

/** What a terminal would obey or not show, and half of a character: one blank each, so that the caret stays where it belongs. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

const shown = (text: string): string => text.toWellFormed().replace(UNSEEN, ' ');

/** @param place in UTF-16 units; the error's column is in the same, from 1 */
export function querySyntax(query: string, place: Place, reason: string): HubError {
  const half = ERROR_WINDOW_CHARACTERS / 2;
  const from = Math.max(0, place.start - half);
  const to = Math.min(query.length, from + ERROR_WINDOW_CHARACTERS);
  const before = `${from > 0 ? '…' : ''}${shown(query.slice(from, place.start))}`;
  const behind = `${shown(query.slice(place.start, to))}${to < query.length ? '…' : ''}`;
  const width = Math.max(1, Math.min(place.end, to) - place.start);
  return new HubError('QUERY_SYNTAX', {
    column: place.start + 1,
    reason: shown(reason),
    query: `${before}${behind}`,
    caret: `${' '.repeat([...before].length)}${'^'.repeat(width)}`,
  });
}
