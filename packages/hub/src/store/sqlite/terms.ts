/**
 * Terms of the inverted index: a name and a value, hashed. Two values may share a term, so that a term finds at least the documents that have
 * the value: what it finds is looked at again.
 */
import { WINDOW_DIGITS, WINDOWS_MAX } from './limits.ts';

/** Of a longer value its beginning counts: what is alike in it is looked at again. */
const TERM_CHARACTERS = 80;

const FNV_OFFSET = 2_166_136_261;
const FNV_PRIME = 16_777_619;
const OTHER_OFFSET = 5_381;
const OTHER_FACTOR = 33;

/** Letters and digits, which is what the tokeniser keeps. */
export function termOf(name: string, value: string | number | boolean): string {
  const text = `${name}\0${value}`.slice(0, TERM_CHARACTERS);
  let first = FNV_OFFSET;
  let second = OTHER_OFFSET;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, FNV_PRIME);
    second = Math.imul(second, OTHER_FACTOR) ^ unit;
  }
  return `${(first >>> 0).toString(36)}x${(second >>> 0).toString(36)}`;
}

/** The term of documents with more windows than are indexed. */
export const manyWindows = (name: string): string => termOf(name, '*');

const RUN = new RegExp(`\\d{${WINDOW_DIGITS},}`, 'g');

/** All six digits in a row of a text; undefined where there are too many. */
export function windowsOf(text: string): readonly string[] | undefined {
  const found = new Set<string>();
  for (const [run] of text.matchAll(RUN)) {
    for (let at = 0; at + WINDOW_DIGITS <= run.length; at += 1) {
      found.add(run.slice(at, at + WINDOW_DIGITS));
      if (found.size > WINDOWS_MAX) return undefined;
    }
  }
  return [...found];
}
