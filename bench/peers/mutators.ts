/** Ways in which attackers disguise a text. Each changes some places only, chosen by the seed. */

/** A whole number from 0 up to, not including, `below`. */
type Random = (below: number) => number;

export interface Mutator {
  readonly name: string;
  apply(text: string, random: Random): string;
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');

/** Rewrites what the pattern finds, one time in `oneIn`; escapes as a whole come first, so that none is torn. */
const rewrite = (
  name: string,
  found: RegExp,
  oneIn: number,
  replace: (char: string, random: Random) => string,
): Mutator => ({
  name,
  apply: (text, random) =>
    text.replace(found, (char) => (random(oneIn) === 0 ? replace(char, random) : char)),
});

/** Puts one of the texts between two word characters, a few times. */
const insert = (name: string, texts: readonly string[], oneIn = 12): Mutator => ({
  name,
  apply: (text, random) =>
    text.replace(/(?<!%[0-9A-Fa-f]?|\\[a-z]?)(?<=\w)(?=\w)/g, () =>
      random(oneIn) === 0 ? (texts[random(texts.length)] ?? '') : '',
    ),
});

const pick =
  (texts: readonly string[]) =>
  (_: string, random: Random): string =>
    texts[random(texts.length)] ?? '';

/** A letter or a sign that is no part of an escape, and stands for itself in a form and in a query. */
const PLAIN = /(?<!%[0-9A-Fa-f]?|\\u?[0-9A-Fa-f]{0,3})[A-Za-z0-9<>'"();/\\.]/g;
const BLANK = /%20|\+| /g;

export const TEXT_MUTATORS: readonly Mutator[] = [
  rewrite('swapCase', /(?<!%[0-9A-Fa-f]?|\\)[A-Za-z]/g, 2, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  ),
  rewrite('encode', PLAIN, 3, (char) => `%${hex(char)}`),
  rewrite('encodeAgain', /%(?=[0-9A-Fa-f]{2})/g, 2, () => '%25'),
  rewrite('encodeUnicode', PLAIN, 4, (char) => `%u00${hex(char)}`),
  rewrite(
    'encodeFullwidthUnicode',
    /(?<!%[0-9A-Fa-f]?)[<>'"()/A-Za-z]/g,
    6,
    (char) => `%uff${(char.charCodeAt(0) - 0x20).toString(16).padStart(2, '0')}`,
  ),
  rewrite(
    'fullwidth',
    /(?<!%[0-9A-Fa-f]?)[!-?]/g,
    5,
    (char) => `%ef%bc%${(char.charCodeAt(0) + 0x60).toString(16)}`,
  ),
  rewrite(
    'overlong',
    /(?<!%[0-9A-Fa-f]?)[./<>'"\\]/g,
    2,
    (char) => `%c0%${(0x80 | (char.charCodeAt(0) & 0x3f)).toString(16)}`,
  ),
  rewrite('htmlEntity', PLAIN, 6, (char, random) =>
    random(2) === 0 ? `%26%23x${hex(char)};` : `%26%23${char.charCodeAt(0)};`,
  ),
  rewrite('jsEscape', PLAIN, 6, (char, random) =>
    random(2) === 0 ? `\\x${hex(char)}` : `\\u00${hex(char)}`,
  ),
  rewrite('cssEscape', /(?<!%[0-9A-Fa-f]?|\\)[A-Za-z]/g, 8, (char) => `\\${hex(char)}%20`),
  rewrite('blanks', BLANK, 2, pick(['%09', '%0a', '%0b', '%0c', '%0d', '%a0', '%00', '/**/', '%20%20', '+'])),
  rewrite('commentsForBlanks', BLANK, 1, pick(['/**/', '/*!*/', '--%0a', '%23%0a', '/*x*/'])),
  rewrite('shellBlanks', BLANK, 1, pick([`$\{IFS}`, '$IFS$9', '%09', '<'])),
  rewrite('malformedEscapes', /%(?=[0-9A-Fa-f]{2})/g, 4, pick(['%%', '%u', '%x'])),
  insert('commentsInWords', ['/**/', '/*!*/', '<!---->']),
  insert('quotesInWords', ["''", '""', '\\', '^', '$@', '``', '`'], 8),
  insert('nulls', ['%00'], 10),
  insert('newlines', ['%0a', '%0d%0a', '%0d'], 20),
  insert('foreign', ['%e2%80%99', '%c3%a9', '%e4%bd%a0', '%ff', '%c3'], 10),
  insert('ampersands', ['&', '&&', '&=', '&x=', ';', '=', '%26', '%3d'], 20),
  { name: 'newlineAround', apply: (text, random) => ['%0a', '%0d%0a', '%0d', '%00'][random(4)] + text },
  { name: 'newlineAtEnd', apply: (text, random) => text + ['%0a', '%0d%0a', '%0d', '%00', '%20'][random(5)] },
  { name: 'repeat', apply: (text) => `${text}&${text}` },
  {
    name: 'cut',
    apply: (text, random) => text.slice(0, text.length - random(Math.max(1, text.length >> 1))),
  },
];
