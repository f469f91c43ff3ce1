/** Where a page ended, as a text that clients give back. */
import { HubError } from '../errors.ts';
import { CURSOR_CHARACTERS_MAX } from './limits.ts';

/** Keys of the last document or bucket of a page; null where it has none. */
export type CursorKey = string | number | boolean | null;

export const encodeCursor = (keys: readonly CursorKey[]): string =>
  Buffer.from(JSON.stringify(keys)).toString('base64url');

const isKey = (value: unknown): value is CursorKey =>
  value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);

/**
 * @param fits whether they can be keys of this request: a client may send anything
 * @throws HubError QUERY_CURSOR
 */
export function decodeCursor(
  text: string,
  fits: (keys: readonly CursorKey[]) => boolean,
): readonly CursorKey[] {
  if (text.length > CURSOR_CHARACTERS_MAX) throw new HubError('QUERY_CURSOR');
  let keys: unknown;
  try {
    keys = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    throw new HubError('QUERY_CURSOR', {}, error);
  }
  if (!Array.isArray(keys) || !keys.every(isKey) || !fits(keys)) throw new HubError('QUERY_CURSOR');
  return keys;
}
