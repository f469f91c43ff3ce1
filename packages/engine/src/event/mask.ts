/**
 * Secrets are masked when an event is made, in every text of it. A secret is found by where it came from (credentials in
 * headers, cookies, arguments by name) and its value is then masked wherever it occurs, matched data included; card
 * numbers are found by their digits.
 */
import { asciiLower } from '../bytes.ts';
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

/** A function that masks a request's secrets in a text. */
export function maskFor(request: RequestData): Mask {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length >= SEARCHED_BYTES_MIN) secrets.add(value);
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
    add(encodeURIComponent(argument.value));
  }
  // Longest first: a secret that is part of another must not leave the other's rest behind.
  const ordered = [...secrets].sort((left, right) => right.length - left.length);
  const folded = ordered.map(asciiLower);
  return (text) => maskCards(maskSecrets(text, ordered, folded));
}

/** Transformations fold case, so matched data may hold a secret in lower case. */
function maskSecrets(text: string, secrets: readonly string[], folded: readonly string[]): string {
  let masked = text;
  for (let index = 0; index < secrets.length; index++) {
    masked = masked.replaceAll(secrets[index] ?? '', MASK).replaceAll(folded[index] ?? '', MASK);
  }
  return masked;
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
