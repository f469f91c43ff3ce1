/** Where a word occurs in a text, in time linear in both (Knuth, Morris and Pratt), whatever they hold. */

/**
 * Words up to this length are left to V8, whose search is linear for a bounded word; for a long one it compares up to the
 * whole word at each place of the text: a minute for two megabytes that were made for it.
 */
const NATIVE_WORD_BYTES_MAX = 100;

/** For each length of a prefix, the length of its longest proper border. */
function borders(word: string): Int32Array {
  const border = new Int32Array(word.length + 1);
  let length = 0;
  for (let index = 1; index < word.length; index++) {
    while (length > 0 && word.charCodeAt(index) !== word.charCodeAt(length)) length = border[length] ?? 0;
    if (word.charCodeAt(index) === word.charCodeAt(length)) length++;
    border[index + 1] = length;
  }
  return border;
}

/** The start of every occurrence, overlapping ones too, in ascending order. The word must not be empty. */
export function* occurrences(text: string, word: string): Generator<number> {
  const first = text.indexOf(word.charAt(0));
  if (first < 0 || word.length > text.length - first) return;
  const border = borders(word);
  let length = 0;
  for (let index = first; index < text.length; index++) {
    const code = text.charCodeAt(index);
    while (length > 0 && code !== word.charCodeAt(length)) length = border[length] ?? 0;
    if (code === word.charCodeAt(length)) length++;
    if (length === word.length) {
      yield index + 1 - length;
      length = border[length] ?? 0;
    }
  }
}

/** As `text.indexOf(word)`. */
export function firstOccurrence(text: string, word: string): number {
  if (word.length <= NATIVE_WORD_BYTES_MAX) return text.indexOf(word);
  for (const start of occurrences(text, word)) return start;
  return -1;
}

/** As `text.includes(word)`. */
export const occursIn = (text: string, word: string): boolean => firstOccurrence(text, word) >= 0;
