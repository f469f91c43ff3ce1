/**
 * pm: one of the words of the argument occurs in the value; ASCII case does not count. Words stand between blanks;
 * `|hh hh|` in a word are bytes, `\:`, `\;`, `\"`, `\|` and `\\` the second character. Captures as TX.0 what the value
 * has where the first match ends.
 *
 * Source: reference manual, "pm" (Snort's content syntax). A bar that does not begin such bytes is a bar.
 */
import { AhoCorasick } from './aho-corasick.ts';
import { badArgument } from './bad-argument.ts';
import type { Captures, OperatorDefinition } from './operator.ts';
import { prepared } from './prepared.ts';

const NAME = 'pm';
/** Bytes between bars, an escaped character, blanks between words (0xA0 is none), or any other single character. */
const TOKEN = /\|((?:[ \t-\r]*[0-9a-fA-F]{2})+[ \t-\r]*)\||\\([:;"|\\])|([ \t-\r]+)|(.)/gs;
const SPACES = /[ \t-\r]+/g;

/** The words of an argument. */
export function parseWords(text: string): string[] {
  const words = [''];
  for (const [, hexadecimal, escaped, blanks, other] of text.matchAll(TOKEN)) {
    if (blanks !== undefined) {
      words.push('');
      continue;
    }
    const bytes =
      hexadecimal === undefined
        ? (escaped ?? other ?? '')
        : Buffer.from(hexadecimal.replace(SPACES, ''), 'hex').toString('latin1');
    words.push((words.pop() ?? '') + bytes);
  }
  return words.filter((word) => word !== '');
}

/** TX.0 is the matched part of the value, not the word: their case may differ. */
export function matchWords(words: AhoCorasick, value: string): Captures | null {
  const match = words.find(value);
  return match === null ? null : [value.slice(match.start, match.end)];
}

function prepareWords(text: string): AhoCorasick {
  const words = parseWords(text);
  if (words.length === 0) throw badArgument(NAME, 'no word is given');
  return new AhoCorasick(words);
}

export const pm: OperatorDefinition = {
  name: NAME,
  create(argument) {
    const words = prepared(argument, prepareWords);
    return { match: (value, expanded) => matchWords(words(expanded), value) };
  },
};
