/**
 * What a text says once its escapes are undone, with the place of each character in the text: a secret that stands there in
 * escapes, or half in escapes, is masked where it stands. Escapes of URLs (`%41`, `%u0041`) and of JSON and JavaScript
 * (`\u0041`, `\x41`), undone as often as something is there to undo, also in what
 * is written in base 64 or in hexadecimal digits.
 */
import { hexDigit } from '../attributes/url-decode.ts';
import type { Span } from './spans.ts';

/** Times that escapes are undone, one after the other: what is escaped more often is no secret that a server understands. */
const ROUNDS_MAX = 3;

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const LOWER_X = 0x78;

export interface Reading {
  readonly text: string;
  /** Where a part of it stands in the text that was read. */
  readonly placeOf: (span: Span) => Span;
}

/** All readings of a text, itself first. Linear in its length. */
export function readingsOf(text: string): readonly Reading[] {
  const readings = unescapedReadings(text);
  if (!hasRun(text)) return readings;
  for (const { index, 0: run } of text.matchAll(ENCODED)) {
    const whole = { start: index, end: index + run.length };
    // Where in it something stands does not matter: a part of the run says as much as the run.
    for (const { text: read } of unescapedReadings(decodedRun(run))) {
      readings.push({ text: read, placeOf: () => whole });
    }
  }
  return readings;
}

/** Enough for what is worth hiding: bytes in hexadecimal digits, or in base 64 (RFC 4648, both alphabets). */
const ENCODED = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}/g;

const RUN_CHARACTERS_MIN = 20;

/** By their codes, characters that ENCODED takes. */
const IN_RUN = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether there is a run that ENCODED would find: a look at each character costs less than the pattern at each place. */
function hasRun(text: string): boolean {
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    run = IN_RUN[text.charCodeAt(at)] === 1 ? run + 1 : 0;
    if (run === RUN_CHARACTERS_MIN) return true;
  }
  return false;
}

const HEX = /^(?:[0-9a-f]{2})+$/i;

const decodedRun = (run: string): string =>
  Buffer.from(run, HEX.test(run) ? 'hex' : 'base64').toString('latin1');

function unescapedReadings(text: string): Reading[] {
  const readings: Reading[] = [{ text, placeOf: (span) => span }];
  let current = text;
  let places: Int32Array | null = null;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const decoded = undo(current, places);
    if (decoded === null) break;
    current = decoded.text;
    const starts = decoded.starts;
    places = starts;
    readings.push({
      text: current,
      placeOf: ({ start, end }) => ({ start: starts[start] ?? 0, end: starts[end] ?? text.length }),
    });
  }
  return readings;
}

/**
 * @param places where each character stands in the first text; null: where it stands in this one
 * @returns null where there are no escapes; `starts` has an entry for the end, too
 */
function undo(
  text: string,
  places: Int32Array | null,
): { readonly text: string; readonly starts: Int32Array } | null {
  if (!/[%\\]/.test(text)) return null;
  const starts = new Int32Array(text.length + 1);
  const parts: string[] = [];
  let length = 0;
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const width = escapeWidth(text, at);
    starts[length++] = places?.[at] ?? at;
    if (width === 0) {
      at++;
      continue;
    }
    const digits = text.slice(width === 6 ? at + 2 : at + width - 2, at + width);
    parts.push(text.slice(copied, at), String.fromCharCode(Number.parseInt(digits, 16) & 0xff));
    at += width;
    copied = at;
  }
  if (parts.length === 0) return null;
  parts.push(text.slice(copied));
  starts[length] = places?.[text.length] ?? text.length;
  return { text: parts.join(''), starts: starts.subarray(0, length + 1) };
}

/** Characters of the escape that begins here, 0 where none does. */
function escapeWidth(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first !== PERCENT && first !== BACKSLASH) return 0;
  const second = text.charCodeAt(at + 1) | 0x20;
  if (second === LOWER_U) return areDigits(text, at + 2, 4) ? 6 : 0;
  if (first === PERCENT) return areDigits(text, at + 1, 2) ? 3 : 0;
  return second === LOWER_X && areDigits(text, at + 2, 2) ? 4 : 0;
}

function areDigits(text: string, from: number, count: number): boolean {
  if (from + count > text.length) return false;
  for (let at = from; at < from + count; at++) if (hexDigit(text.charCodeAt(at)) < 0) return false;
  return true;
}
