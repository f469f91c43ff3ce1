/** Values as an event shows them. */
import { EVENT_LIMITS } from '../limits.ts';
import { type Mask, PIECE_BYTES } from './mask.ts';

/** A value as an event shows it: masked, cut where it is long, as text. What is cut says so, with the whole length. */
export function showable(mask: Mask, value: string): string {
  const over = value.length > EVENT_LIMITS.valueBytesMax;
  if (!over) return toText(mask.text(value));
  // Masking is asked to look past the cut, and what it looked at there is dropped: a secret that begins before the cut
  // is whole, and one that is cut by the window's own end is not shown.
  const window = value.slice(0, EVENT_LIMITS.valueBytesMax + PIECE_BYTES);
  return `${toText(mask.text(window).slice(0, EVENT_LIMITS.valueBytesMax - window.length))}… (cut, ${value.length} bytes in all)`;
}

/** Bytes to text for people: UTF-8 where it is, U+FFFD where it is not. */
const toText = (value: string): string => Buffer.from(value, 'latin1').toString('utf8');
