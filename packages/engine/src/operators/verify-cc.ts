/**
 * verifyCC: the pattern finds a card number: digits that pass the Luhn test. Captures the match as TX.0.
 *
 * Source: reference manual, "verifyCC". After a match that fails the test the search goes on one byte further, so
 * `^` and `\b` may see a start there; it then finds too much rather than too little.
 */
import { isDigit } from '../transformations/ctype.ts';
import type { OperatorDefinition, Regex } from './operator.ts';
import { prepared } from './prepared.ts';

/** Bytes of a match that is found for certain. A card number has 19 digits at most. */
const MATCH_BYTES_MAX = 128;
/** The pattern sees this much at a time: a search from each byte stays linear in the value. */
const WINDOW_BYTES = 2 * MATCH_BYTES_MAX;
const ZERO = 0x30;

/** ISO/IEC 7812-1 Annex B over the digits of `text`; other characters are left out. False without digits. */
export function passesLuhn(text: string): boolean {
  let sum = 0;
  let digits = 0;
  for (let index = text.length - 1; index >= 0; index--) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) continue;
    const weighted = (code - ZERO) * (digits % 2 === 1 ? 2 : 1);
    sum += weighted > 9 ? weighted - 9 : weighted;
    digits++;
  }
  return digits > 0 && sum % 10 === 0;
}

function findCard(regex: Regex, value: string): string | null {
  for (let start = 0; start < value.length; ) {
    const window = value.slice(start, start + WINDOW_BYTES);
    const match = regex.exec(window)?.[0];
    if (match === undefined) {
      start += MATCH_BYTES_MAX;
      continue;
    }
    const offset = window.indexOf(match);
    if (offset > MATCH_BYTES_MAX) {
      // The end of the window may have cut the match: look again with all of it, and the byte before it, in sight.
      start += offset - 1;
    } else if (passesLuhn(match)) {
      return match;
    } else {
      start += offset + 1;
    }
  }
  return null;
}

export const verifyCc: OperatorDefinition = {
  name: 'verifyCC',
  create(argument, environment) {
    const regex = prepared(argument, (pattern) => environment.compileRegex(pattern));
    return {
      match(value, expanded) {
        const card = findCard(regex(expanded), value);
        return card === null ? null : [card];
      },
    };
  },
};
