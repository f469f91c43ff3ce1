/**
 * One segment of a path as it stands in a template: as it is where it is a word, else by what it is. What tells requests
 * apart (ids, dates, addresses) and what could be a secret has no place in a template.
 */
import { L7_LIMITS } from './limits.ts';

export const ID = '{id}';
export const DATE = '{date}';
export const EMAIL = '{email}';
export const SECRET = '{secret}';
/** Anything: escapes and other marks, or one of too many values. */
export const ANY = '{…}';

/** `2026-11-23`, `2026-11`, `2026-11-23T07:15:00Z`. */
const DATES = /^\d{4}-\d{2}(?:-\d{2}(?:T[\d:.+Z-]*)?)?$/;
/** Letters of words, and marks that words are joined with. A brace is none: placeholders cannot be forged. */
const WORD = /^@?[A-Za-z0-9._~$-]+$/;
const JOINTS = /[._~$@-]+/;
const HEX = /^(?:0x)?[0-9a-f]{8,}$/i;
const UUID = /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i;
const NUMBER = /^\d+(?:[._-]\d+)*$/;
/** `oauth2`, `sha256`, `es2015`: a word with a version. */
const NUMBERED_WORD = /^[A-Za-z]+\d{1,4}$/;

const DIGITS_OF_ID = /^\d{5,}$/;
/** Characters of a piece with letters and digits from which on it is no word. */
const MIXED_CHARS_MIN = 8;
/** Characters of a segment with capitals, small letters and digits from which on it is no word. */
const TOKEN_CHARS_MIN = 16;
/** Characters of a piece of letters alone from which on it is no word where capitals stand within. */
const LETTERS_CHARS_MIN = 20;

/** What is named so is followed by what nobody else may know. */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)?|pwd|secret|token|api[._-]?key|credential|session|reset|verif|confirm|activat|invit|magic|otp/i;

/** Whether what follows this segment is masked. */
export const announcesSecret = (segment: string): boolean => SECRET_NAME.test(segment);

/** @param segment without parameters (`;…`), not empty, not decoded */
export function fold(segment: string): string {
  // No word, and nothing that patterns should be tried on.
  if (segment.length > L7_LIMITS.wordCharsMax) return ID;
  if (DATES.test(segment)) return DATE;
  if (NUMBER.test(segment) || HEX.test(segment) || UUID.test(segment)) return ID;
  if (isEmail(segment)) return EMAIL;
  if (!WORD.test(segment)) return ANY;
  return isToken(segment) ? ID : segment;
}

function isEmail(segment: string): boolean {
  const sign = segment.indexOf('@');
  const escaped = sign < 0 ? segment.indexOf('%40') : -1;
  const at = Math.max(sign, escaped);
  const dot = segment.lastIndexOf('.');
  const isOne = sign < 0 || segment.indexOf('@', sign + 1) < 0;
  return at > 0 && dot > at + (escaped < 0 ? 1 : 3) && dot < segment.length - 1 && isOne;
}

function isToken(segment: string): boolean {
  if (segment.length >= TOKEN_CHARS_MIN && isMixed(segment) && /[a-z]/.test(segment) && /[A-Z]/.test(segment))
    return true;
  for (const piece of segment.split(JOINTS)) {
    if (DIGITS_OF_ID.test(piece) || HEX.test(piece)) return true;
    if (piece.length >= MIXED_CHARS_MIN && isMixed(piece) && !NUMBERED_WORD.test(piece)) return true;
    if (piece.length >= LETTERS_CHARS_MIN && changesOfCase(piece) * 4 > piece.length) return true;
  }
  return false;
}

const isMixed = (text: string): boolean => /\d/.test(text) && /[A-Za-z]/.test(text);

/** Small letters in front of capitals. A name in camel case has one a word. */
const changesOfCase = (text: string): number => text.match(/[a-z][A-Z]/g)?.length ?? 0;
