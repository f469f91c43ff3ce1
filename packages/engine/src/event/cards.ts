/** Numbers of payment cards in a text, also where a URL's escapes or a longer run of digits surround them. */

import type { Span } from './spans.ts';

/** Digits with at most one separator between two of them, as people, forms and URLs write card numbers. */
const DIGITS = /\d(?:(?:[ +.-]|%20|%2[dD])?\d){12,}/g;

/** Where none of it is found there is no card: for this no pattern is made anew, as for all matches. */
const HAS_DIGITS = new RegExp(DIGITS.source);

const NOTHING: readonly Span[] = [];

/** Lengths by leading digits (ISO/IEC 7812 issuers): inside a longer run only these count, as any run holds some number. */
const ISSUERS: readonly (readonly [leading: RegExp, digits: number])[] = [
  [/^4/, 16],
  [/^(?:5[1-5]|2[2-7])/, 16],
  [/^(?:6[045]|62|35)/, 16],
  [/^3[47]/, 15],
  [/^3[0689]/, 14],
];

const RUN_DIGITS_MIN = 13;
const RUN_DIGITS_MAX = 19;

/** In the order of the text; spans may overlap. */
export function findCards(text: string): readonly Span[] {
  if (!HAS_DIGITS.test(text)) return NOTHING;
  const spans: Span[] = [];
  for (const { index, 0: run } of text.matchAll(DIGITS)) {
    const places = digitPlaces(run);
    const digits = places.map((place) => run[place]).join('');
    for (const [from, length] of cardsIn(digits)) {
      spans.push({ start: index + (places[from] ?? 0), end: index + (places[from + length - 1] ?? 0) + 1 });
    }
  }
  return spans;
}

/** Where the digits stand in a run; those of an escape (`%20`) are none. */
function digitPlaces(run: string): number[] {
  const places: number[] = [];
  for (let index = 0; index < run.length; index++) {
    if (run[index] === '%') index += 2;
    else if (/\d/.test(run[index] ?? '')) places.push(index);
  }
  return places;
}

function* cardsIn(digits: string): Generator<readonly [from: number, length: number]> {
  const wholeFits = digits.length >= RUN_DIGITS_MIN && digits.length <= RUN_DIGITS_MAX;
  if (wholeFits && passesLuhn(digits)) {
    yield [0, digits.length];
    return;
  }
  for (let from = 0; from + RUN_DIGITS_MIN < digits.length; from++) {
    const leading = digits.slice(from, from + 2);
    for (const [pattern, length] of ISSUERS) {
      if (!pattern.test(leading) || from + length > digits.length) continue;
      if (passesLuhn(digits.slice(from, from + length))) yield [from, length];
    }
  }
}

/** Luhn's check (ISO/IEC 7812-1, annex B). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
