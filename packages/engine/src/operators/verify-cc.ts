/**
 * verifyCC: the pattern finds a card number: digits that pass the Luhn test. Captures the match as TX.0.
 *
 * Source: reference manual, "verifyCC".
 */
import { isDigit } from '../transformations/ctype.ts';
import { verifying } from './verified-number.ts';

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

export const verifyCc = verifying('verifyCC', passesLuhn);
