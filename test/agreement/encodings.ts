/** Ways to write a text that decoders turn back, wholly or nearly, and ways to disguise it. On bytes as they are meant. */
import { asciiUpper } from '../../packages/engine/src/bytes.ts';
import type { Random } from './random.ts';

export interface Encoding {
  readonly name: string;
  apply(text: string, random: Random): string;
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');
const code = (char: string): number => char.charCodeAt(0);

export const percentEncode = (text: string): string =>
  text.replace(/[^A-Za-z0-9._~-]/g, (char) => `%${hex(char)}`);

/** Every character, or each one time in two or four. */
const each = (name: string, found: RegExp, write: (char: string, random: Random) => string): Encoding => ({
  name,
  apply(text, random) {
    const oneIn = random.pick([1, 2, 4]);
    return text.replace(found, (char) => (random.oneIn(oneIn) ? write(char, random) : char));
  },
});

const between = (name: string, texts: readonly string[]): Encoding => ({
  name,
  apply: (text, random) => {
    const oneIn = random.pick([2, 6, 12]);
    return text.replace(/(?<=\w)(?=\w)/g, () => (random.oneIn(oneIn) ? random.pick(texts) : ''));
  },
});

const ANY = /[\s\S]/g;
const SIGN = /[^A-Za-z0-9]/g;
const LETTER = /[A-Za-z]/g;
const BLANK = /\s/g;
const NAMED: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '&': '&amp;',
  ' ': '&nbsp;',
};

/** UTF-7: what is no letter as the base64 of its UTF-16, between `+` and `-`. */
const utf7 = (char: string): string =>
  `+${Buffer.from([0, code(char)])
    .toString('base64')
    .replace(/=+$/, '')}-`;

const overlong = (char: string, random: Random): string =>
  random.oneIn(2)
    ? String.fromCharCode(0xc0 | (code(char) >> 6), 0x80 | (code(char) & 0x3f))
    : String.fromCharCode(0xe0, 0x80 | (code(char) >> 6), 0x80 | (code(char) & 0x3f));

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

export const ENCODINGS: readonly Encoding[] = [
  { name: 'plain', apply: (text) => text },
  each('swapCase', LETTER, (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())),
  { name: 'upperCase', apply: asciiUpper },
  each('percent', ANY, (char) => `%${hex(char)}`),
  each('percentSigns', SIGN, (char) => `%${hex(char)}`),
  { name: 'percentTwice', apply: (text) => percentEncode(percentEncode(text)) },
  { name: 'percentThrice', apply: (text) => percentEncode(percentEncode(percentEncode(text))) },
  each('percentU', ANY, (char) => `%u00${hex(char)}`),
  each('percentUFullwidth', /[!-~]/g, (char) => `%uff${(code(char) - 0x20).toString(16).padStart(2, '0')}`),
  each('fullwidth', /[!-_]/g, (char) => `\xef\xbc${String.fromCharCode(code(char) + 0x60)}`),
  each('overlong', /[\0-\x7f]/g, overlong),
  each(
    'htmlDecimal',
    ANY,
    (char, random) => `&#${'0'.repeat(random.below(4))}${code(char)}${random.pick([';', ''])}`,
  ),
  each(
    'htmlHex',
    ANY,
    (char, random) => `&#x${'0'.repeat(random.below(4))}${hex(char)}${random.pick([';', ''])}`,
  ),
  each('htmlNamed', /[<>"& ]/g, (char) => NAMED[char] ?? char),
  each('jsHex', ANY, (char) => `\\x${hex(char)}`),
  each('jsUnicode', ANY, (char, random) => random.pick([`\\u00${hex(char)}`, `\\u{${hex(char)}}`])),
  each('jsOctal', ANY, (char) => `\\${code(char).toString(8)}`),
  each('css', ANY, (char, random) => `\\${'0'.repeat(random.below(5))}${hex(char)}${random.pick([' ', ''])}`),
  each('utf7', SIGN, utf7),
  { name: 'base64', apply: (text) => base64(text) },
  { name: 'base64Url', apply: (text) => Buffer.from(text, 'latin1').toString('base64url') },
  {
    name: 'base64WithBlanks',
    apply: (text, random) =>
      base64(text).replace(/..../g, (four) => four + random.pick(['', '\n', ' ', '.'])),
  },
  {
    name: 'hex',
    apply: (text, random) => random.pick(['0x', '', '\\x']) + Buffer.from(text, 'latin1').toString('hex'),
  },
  { name: 'utf16', apply: (text) => text.replace(ANY, (char) => `\0${char}`) },
  { name: 'latin1AsUtf8', apply: (text) => Buffer.from(text, 'utf8').toString('latin1') },
  each('blanks', BLANK, (_, random) =>
    random.pick(['\t', '\n', '\x0b', '\x0c', '\r', '\xa0', '\0', '\xc2\xa0', '  ', '\x85']),
  ),
  each('commentsForBlanks', BLANK, (_, random) =>
    random.pick(['/**/', '/*!*/', '--\n', '#\n', '/*x*/', '<!---->', '+']),
  ),
  each('shellBlanks', BLANK, (_, random) => random.pick([`\${IFS}`, '$IFS$9', '<', '{,}'])),
  between('commentsInWords', ['/**/', '/*!*/', '<!---->', '/*', '*/', '--']),
  between('quotesInWords', ["''", '""', '\\', '^', '$@', '``', '`', "'+'", '"."']),
  between('nulls', ['\0']),
  between('newlines', ['\n', '\r\n', '\r', '\\\n']),
  between('foreign', ['\xe2\x80\x8b', '\xc3\xa9', '\xff', '\xc3', '\xad', '\xc2\xad']),
  {
    name: 'nullBefore',
    apply: (text, random) => random.pick(['\0', '\n', '\r\n', ' ', '\xef\xbb\xbf']) + text,
  },
  {
    name: 'nullAfter',
    apply: (text, random) => text + random.pick(['\0', '\n', '\r\n', ' ', '\0.jpg', '#', '--', '/*']),
  },
  {
    name: 'cut',
    apply: (text, random) => text.slice(0, text.length - random.below(Math.max(1, text.length >> 1))),
  },
  { name: 'doubled', apply: (text, random) => text + random.pick(['', ' ', ',', ';', '&']) + text },
];

/** One to three of them, one after the other. */
export function encoded(
  text: string,
  random: Random,
): { readonly text: string; readonly names: readonly string[] } {
  const chosen = random.many(1, 3, () => random.pick(ENCODINGS));
  return {
    text: chosen.reduce((result, encoding) => encoding.apply(result, random), text),
    names: chosen.map(({ name }) => name),
  };
}
