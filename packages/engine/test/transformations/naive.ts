/**
 * Transformations in the slowest and plainest words, written from the reference manual and not from the code: lists of
 * bytes, one rule after another, the first that fits at a place wins.
 */

import { bestFitByte } from '../../src/transformations/best-fit.ts';

/** What a rule makes of the bytes at a place: what to write, and how many it took; null where it does not fit. */
type Rule = (rest: string) => readonly [written: string, taken: number] | null;

function rewrite(value: string, rules: readonly Rule[]): string {
  let written = '';
  for (let rest = value; rest !== ''; ) {
    const hit = rules.map((rule) => rule(rest)).find((result) => result !== null) ?? [rest.charAt(0), 1];
    written += hit[0];
    rest = rest.slice(hit[1]);
  }
  return written;
}

/** A rule of an anchored pattern; `write` gets its groups. */
const rule =
  (pattern: RegExp, write: (...groups: string[]) => string): Rule =>
  (rest) => {
    const match = new RegExp(`^(?:${pattern.source})`, pattern.flags.replace('g', '')).exec(rest);
    return match === null ? null : [write(...match), match[0].length];
  };

const byte = (number: number): string => String.fromCharCode(number % 256);
const hex = (digits: string | undefined): number => Number.parseInt(digits ?? '', 16);

/** The low byte; U+FF01 to U+FF5E are as their ASCII characters. */
const narrow = (number: number): string =>
  number >= 0xff01 && number <= 0xff5e ? byte(number - 0xff01 + 0x21) : byte(number);

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const control = rule(/\\([\s\S])/, (_, letter = '') => CONTROLS[letter] ?? letter);

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: '\xa0',
};

/** A number cut to its byte as a C long is. */
const longByte = (number: bigint): string =>
  number > 0x7fffffffffffffffn ? '\xff' : byte(Number(number % 256n));

const URL_RULES = [rule(/%([0-9a-f]{2})/i, (_, digits) => byte(hex(digits))), rule(/\+/, () => ' ')];

const parity = (value: string, remainder: number): string =>
  [...value]
    .map((char) => {
      const ones = [...char.charCodeAt(0).toString(2)].filter((bit) => bit === '1').length;
      const seven = char.charCodeAt(0) % 128;
      return byte(ones % 2 === remainder ? seven + 128 : seven);
    })
    .join('');

function normalizedPath(value: string): string {
  const absolute = value.startsWith('/');
  const kept: string[] = [];
  for (const segment of value.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  const path = (absolute ? '/' : '') + kept.join('/');
  return value.endsWith('/') && kept.length > 0 ? `${path}/` : path;
}

function base64(value: string, skip: boolean): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let bits = '';
  for (const char of value) {
    const sextet = alphabet.indexOf(char);
    if (sextet >= 0) bits += sextet.toString(2).padStart(6, '0');
    else if (!skip && char !== '\r' && char !== '\n') break;
  }
  return (bits.match(/.{8}/g) ?? []).map((octet) => byte(Number.parseInt(octet, 2))).join('');
}

/** A hexadecimal digit, or what the same sum makes of another character. */
function looseDigit(pair: string, index: number): number {
  const code = pair.charCodeAt(index);
  if (code < 0x41) return code - 0x30;
  const upper = code - (Math.floor(code / 0x20) % 2) * 0x20;
  return upper - 0x41 + 10;
}

/** Of a sequence; `least` is the number below which it is overlong. */
function unicodeEscape(sequence: string, least: number): string {
  const lead = sequence.charAt(0);
  const bits = [...sequence].map((char, index) =>
    char
      .charCodeAt(0)
      .toString(2)
      .slice(index === 0 ? sequence.length + 1 : 2),
  );
  const number = Number.parseInt(bits.join(''), 2);
  const isRestricted = number < least || (number >= 0xd800 && number < 0xe000);
  const written = `%u${number.toString(16).padStart(4, '0')}`;
  return (lead >= '\xf5' ? lead : '') + written + (isRestricted ? lead : '');
}

const encodeByte = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');

/** By the name of the transformation. Those of digests have published vectors instead. */
export const NAIVE: Readonly<Record<string, (value: string) => string>> = {
  lowercase: (value) => value.replace(/[A-Z]/g, (char) => byte(char.charCodeAt(0) + 32)),
  uppercase: (value) => value.replace(/[a-z]/g, (char) => byte(char.charCodeAt(0) - 32)),
  urlDecode: (value) => rewrite(value, URL_RULES),
  // The table of the code page has tests of its own.
  urlDecodeUni: (value) =>
    rewrite(value, [rule(/%u([0-9a-f]{4})/i, (_, digits) => byte(bestFitByte(hex(digits)))), ...URL_RULES]),
  urlEncode: (value) =>
    [...value]
      .map((char) => (char === ' ' ? '+' : /[0-9A-Za-z*]/.test(char) ? char : `%${encodeByte(char)}`))
      .join(''),
  htmlEntityDecode: (value) =>
    rewrite(value, [
      rule(/&#x([0-9a-f]+);?/i, (_, digits = '') => longByte(BigInt(`0x${digits}`))),
      rule(/&#([0-9]+);?/, (_, digits = '') => longByte(BigInt(digits))),
      rule(/&(quot|amp|lt|gt|nbsp)(?![0-9a-z]);?/i, (_, name = '') => ENTITIES[name.toLowerCase()] ?? ''),
    ]),
  jsDecode: (value) =>
    rewrite(value, [
      rule(/\\u([0-9a-fA-F]{4})/, (_, digits) => narrow(hex(digits))),
      rule(/\\x([0-9a-fA-F]{2})/, (_, digits) => byte(hex(digits))),
      rule(/\\([0-3][0-7]{2}|[0-7]{1,2})/, (_, digits = '') => byte(Number.parseInt(digits, 8))),
      control,
    ]),
  escapeSeqDecode: (value) =>
    rewrite(value, [
      rule(/\\x([0-9a-f]{2})/i, (_, digits) => byte(hex(digits))),
      rule(/\\([0-7]{1,3})/, (_, digits = '') => byte(Number.parseInt(digits, 8))),
      control,
    ]),
  cssDecode: (value) =>
    rewrite(value, [
      rule(/\\([0-9a-f]{1,6})[ \t-\r]?/i, (_, digits) => narrow(hex(digits))),
      rule(/\\\n/, () => ''),
      rule(/\\([\s\S]?)/, (_, char = '') => char),
    ]),
  removeNulls: (value) => value.split('\0').join(''),
  replaceNulls: (value) => value.split('\0').join(' '),
  removeWhitespace: (value) => [...value].filter((char) => !' \t\n\v\f\r\xa0'.includes(char)).join(''),
  compressWhitespace: (value) => rewrite(value, [rule(/[ \t\n\v\f\r\xa0]+/, () => ' ')]),
  trimLeft: (value) => value.replace(/^[ \t-\r]+/, ''),
  trimRight: (value) =>
    [
      ...[...value]
        .reverse()
        .join('')
        .replace(/^[ \t-\r]+/, ''),
    ]
      .reverse()
      .join(''),
  trim: (value) => /^[ \t-\r]*([\s\S]*?)[ \t-\r]*$/.exec(value)?.[1] ?? '',
  cmdLine: (value) =>
    [...value]
      .filter((char) => !'\\"\'^'.includes(char))
      .join('')
      .replace(/[ ,;\t\r\n]+/g, ' ')
      .replace(/ (?=[/(])/g, '')
      .replace(/[A-Z]/g, (char) => byte(char.charCodeAt(0) + 32)),
  replaceComments: (value) => rewrite(value, [rule(/\/\*[\s\S]*?(?:\*\/|$)/, () => ' ')]),
  removeComments: (value) =>
    rewrite(value, [
      rule(/(?:\/\*|<!--)[\s\S]*?(?:\*\/|-->)/, () => ''),
      rule(/(?:\/\*|<!--)[\s\S]*/, () => ' '),
      rule(/(?:--|#)[\s\S]*/, () => ''),
    ]),
  removeCommentsChar: (value) => rewrite(value, [rule(/\/\*|\*\/|<!--|-->|--|#/, () => '')]),
  normalizePath: normalizedPath,
  normalizePathWin: (value) => normalizedPath(value.split('\\').join('/')),
  base64Decode: (value) => base64(value, false),
  base64DecodeExt: (value) => base64(value, true),
  hexEncode: (value) => [...value].map(encodeByte).join(''),
  hexDecode: (value) =>
    (value.match(/[\s\S]{2}/g) ?? [])
      .map((pair) => byte(16 * looseDigit(pair, 0) + looseDigit(pair, 1) + 65_536))
      .join(''),
  utf8toUnicode: (value) =>
    rewrite(value, [
      rule(/([\xc0-\xdf])([\x80-\xbf])/, (all) => unicodeEscape(all, 0x80)),
      rule(/([\xe0-\xef])([\x80-\xbf]{2})/, (all) => unicodeEscape(all, 0x800)),
      rule(/([\xf0-\xf7])([\x80-\xbf]{3})/, (all) => unicodeEscape(all, 0x10000)),
      rule(/[\xc0-\xf4]/, () => ''),
    ]),
  sqlHexDecode: (value) =>
    rewrite(value, [
      rule(/0x((?:[0-9a-f]{2})+)/i, (_, digits = '') =>
        (digits.match(/../g) ?? []).map((pair) => byte(hex(pair))).join(''),
      ),
    ]),
  length: (value) => `${[...value].length}`,
  parityEven7bit: (value) => parity(value, 1),
  parityOdd7bit: (value) => parity(value, 0),
  parityZero7bit: (value) => [...value].map((char) => byte(char.charCodeAt(0) % 128)).join(''),
};
