/** Values as an event shows them. */
import { EVENT_LIMITS } from '../limits.ts';
import { type Mask, PIECE_BYTES } from './mask.ts';

/**
 * Bytes behind the cut that masking looks at, so that a secret which begins before it is whole: the longest piece that is
 * searched for, each byte in an escape of an escape of an escape (`%252541`).
 */
const BEHIND_BYTES = PIECE_BYTES * 7;

/** A value as an event shows it: masked, cut where it is long, as text. What is cut says so, with the whole length. */
export function showable(mask: Mask, value: string): string {
  const { valueBytesMax } = EVENT_LIMITS;
  if (value.length <= valueBytesMax) return toText(mask.text(value));
  const window = value.slice(0, valueBytesMax + BEHIND_BYTES);
  return `${toText(mask.text(window, valueBytesMax))}… (cut, ${value.length} bytes in all)`;
}

/** Values are asked for by several fields and rules: each is masked once. */
export function shower(mask: Mask): (value: string) => string {
  const shown = new Map<string, string>();
  return (value) => {
    const known = shown.get(value);
    if (known !== undefined) return known;
    const made = showable(mask, value);
    shown.set(value, made);
    return made;
  };
}

/** Bytes to text for people: UTF-8 where it is, U+FFFD where it is not. */
const toText = (value: string): string =>
  /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;

/** A text of the rules themselves: nothing of a request is in it. */
export function ownText(text: string): string {
  const shown = toText(text);
  const { textUnitsMax } = EVENT_LIMITS;
  return shown.length <= textUnitsMax ? shown : `${shown.slice(0, textUnitsMax - CUT.length)}${CUT}`;
}

const CUT = '… (cut)';
