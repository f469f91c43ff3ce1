/**
 * Secrets are masked when an event is made, in every text of it. A secret is found by where it came from (credentials in
 * headers, cookies, arguments by name) and its value is then masked wherever it occurs, matched data included; card
 * numbers are found by their digits.
 */

import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';
import { EVENT_LIMITS } from '../limits.ts';
import { AhoCorasick } from '../operators/aho-corasick.ts';
import type { RequestData } from '../variables/request-data.ts';

const MASK = '***';

/** Headers of which the whole value is a secret. */
const SECRET_HEADERS = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
]);

/** Arguments whose values are secrets, by a part of their name. */
const SECRET_ARGUMENT = /pass(?:word|wd|phrase)?|secret|token|api[_-]?key|credential|session/i;

/** Values shorter than this are masked where they stand, not wherever their bytes occur: `1` is in every text. */
const SEARCHED_BYTES_MIN = 4;

/** Longer secrets are searched in pieces of this length. */
export const PIECE_BYTES = 256;

const CARD = /\b(?:\d[ -]?){12,18}\d\b/g;

export type Mask = (text: string) => string;

/** Whether a matched variable is itself a secret: then its value is masked whole, however short. */
export function isSecretLabel(label: string): boolean {
  const colon = label.indexOf(':');
  if (colon < 0) return label === 'REQUEST_BODY' || label === 'FULL_REQUEST';
  const variable = label.slice(0, colon);
  const key = label.slice(colon + 1);
  if (variable === 'REQUEST_COOKIES') return true;
  if (variable.endsWith('HEADERS')) return SECRET_HEADERS.has(asciiLower(key));
  return variable.startsWith('ARGS') && !variable.includes('NAMES') && SECRET_ARGUMENT.test(key);
}

/**
 * A function that masks a request's secrets in a text: one automaton for all of them, so that the cost is linear in the
 * text however many there are. Case does not count: transformations fold it.
 */
export function maskFor(request: RequestData): Mask {
  const secrets = secretsOf(request);
  const total = secrets.reduce((sum, secret) => sum + secret.length, 0);
  // So many bytes of secrets that telling them from the rest costs too much: then nothing is shown.
  if (total > EVENT_LIMITS.secretBytesMax) return () => MASK;
  const words = new AhoCorasick(secrets);
  return (text) => maskCards(secrets.length === 0 ? text : maskMatches(text, words));
}

function secretsOf(request: RequestData): readonly string[] {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length < SEARCHED_BYTES_MIN) return;
    // In pieces, so that a text that was cut in the middle of a long secret shows none of it.
    for (let at = 0; at < value.length; at += PIECE_BYTES) {
      const piece = value.slice(at, at + PIECE_BYTES);
      secrets.add(piece.length < SEARCHED_BYTES_MIN ? value.slice(-PIECE_BYTES) : piece);
    }
  };
  for (const { lowerKey, value } of request.headers) {
    if (!SECRET_HEADERS.has(lowerKey)) continue;
    add(value);
    for (const part of value.split(' ')) add(part);
  }
  for (const cookie of request.cookies) add(cookie.value);
  for (const argument of request.args) {
    if (!SECRET_ARGUMENT.test(argument.key)) continue;
    add(argument.value);
  }
  for (const segment of (request.target.query ?? '').split('&')) {
    const equals = segment.indexOf('=');
    // As it was sent, since the URL is shown as it was sent; an encoded name may hide what it is.
    if (equals > 0 && SECRET_ARGUMENT.test(urlDecode(segment.slice(0, equals), true).value))
      add(segment.slice(equals + 1));
  }
  return [...secrets];
}

/** Replaces each run of overlapping or touching matches by one mask. */
function maskMatches(text: string, words: AhoCorasick): string {
  const matches = words.findAll(text);
  if (matches.length === 0) return text;
  const starts = new Int32Array(matches.length);
  // Ends ascend; going backwards, a start can only be lowered by what ends later and begins earlier.
  let lowest = text.length;
  for (let index = matches.length - 1; index >= 0; index--) {
    lowest = Math.min(lowest, matches[index]?.start ?? 0);
    starts[index] = lowest;
  }
  let masked = '';
  let shown = 0;
  for (let index = 0; index < matches.length; index++) {
    const start = starts[index] ?? 0;
    if (start > shown || masked === '') masked += `${text.slice(shown, Math.max(start, shown))}${MASK}`;
    shown = Math.max(shown, matches[index]?.end ?? 0);
  }
  return masked + text.slice(shown);
}

const maskCards = (text: string): string =>
  text.replace(CARD, (digits) => (isCardNumber(digits) ? MASK : digits));

/** Luhn's check (ISO/IEC 7812-1, annex B). */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
