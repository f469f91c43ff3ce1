/** The transformations in native code give what those in TypeScript give, byte for byte, and null where those change nothing. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes } from '../src/bytes.ts';
import { native } from '../src/native/binding.ts';
import { findTransformation, transformationNames } from '../src/transformations/registry.ts';
import { crsPayloads, refusal } from './patterns-helpers.ts';
import type { TransformationVectors } from './transformations/vector.ts';
import { readVectorFiles } from './vector-files.ts';

const files = await readVectorFiles<TransformationVectors>(
  join(import.meta.dirname, 'transformations/vectors'),
);
/** Cutting at every place takes the square of the length. */
const CUT_BYTES_MAX = 200;

const DIGESTS = ['md5', 'sha1'];
const NAMES = native.transformationNames();

/** Longer than a few blocks of sixteen bytes, so that what matters stands at every place of one. */
const PADDING_MAX = 40;
const SHARED_RUNS = 20_000;
const OWN_RUNS = 3_000;
const SHORT_VALUES_MAX = 12_000;
const HOSTILE_BYTES = 100_000;

const URL = '%+uU04fFg2';
const ESCAPES = '\\uxX0379cn\n ';
const COMMENTS = '/*<!->#a';
const PATHS = '/.\\a';
const SPACES = ' \t\v\r\xa0\x85a\0';
const BASE64 = 'QUa0+/=-\r\n\0';
const LETTERS = 'aAzZ@[`{\xc0\xe1';
const CMD_LINE = '"\\^,; \t/(aZ';

/** For each transformation the bytes that it looks at, and some that it only seems to. */
const ALPHABETS: Readonly<Record<string, string>> = {
  base64Decode: BASE64,
  base64DecodeExt: BASE64,
  base64Encode: BASE64,
  cmdLine: CMD_LINE,
  compressWhitespace: SPACES,
  cssDecode: ESCAPES,
  escapeSeqDecode: ESCAPES,
  hexDecode: '09afAFgz@\xff',
  hexEncode: LETTERS,
  htmlEntityDecode: '&#xX019f;lt',
  jsDecode: ESCAPES,
  length: LETTERS,
  lowercase: LETTERS,
  normalizePath: PATHS,
  normalizePathWin: PATHS,
  parityEven7bit: '\0\x01\x7f\x80\xffac',
  parityOdd7bit: '\0\x01\x7f\x80\xffac',
  parityZero7bit: '\0\x01\x7f\x80\xffac',
  removeComments: COMMENTS,
  removeCommentsChar: COMMENTS,
  removeNulls: SPACES,
  removeWhitespace: SPACES,
  replaceComments: COMMENTS,
  replaceNulls: SPACES,
  sqlHexDecode: '0xX1aFg ',
  trim: SPACES,
  trimLeft: SPACES,
  trimRight: SPACES,
  uppercase: LETTERS,
  urlDecode: URL,
  urlDecodeUni: URL,
  urlEncode: `${URL}*~ \xe9`,
  utf8toUnicode: '\xc3\xc0\xe2\xed\xf0\xf4\xf5\xf8\x80\xa9\xbfa',
};

/** What a random choice of bytes hardly ever writes. */
const TOKENS = [
  ...[
    '%u',
    '%uff1c',
    '%u2019',
    '%41',
    '&#',
    '&#x',
    '&lt',
    '&nbsp;',
    '&quot',
    '\\x4',
    '\\u00',
    '\\41 ',
    '0x4',
    '0x41',
  ],
  ...[
    '..',
    '/./',
    '/../',
    '/*',
    '*/',
    '<!--',
    '-->',
    '--',
    '\xe2\x82\xac',
    '\xf0\x9f\x98\x80',
    '\xed\xa0\x80',
    '\xc0\xaf',
  ],
];

const apply = (name: string, value: string): string =>
  findTransformation(name)?.apply(value) ?? expect.fail(`no transformation ${name}`);

/** Throws where the native form of a transformation gives anything else. Not an `expect` each: there are millions. */
function compare(name: string, value: string): void {
  const reference = apply(name, value);
  const result = native.transform(name, value);
  if (result !== null) expectAdded(name, value, result);
  if (result === (reference === value ? null : reference)) return;
  expect({ name, value, result }).toEqual({ name, value, result: reference === value ? null : reference });
}

const added = new Map(native.transformationNames().map((name) => [name, new Set(native.addedBytes(name))]));

/** A result holds what its value held and what the transformation adds, and is longer only where that is anything. */
function expectAdded(name: string, value: string, result: string): void {
  const own = added.get(name);
  if (own === undefined || own.size === 256) return;
  const strange = [...result].filter((byte) => !own.has(byte) && !value.includes(byte));
  if (strange.length === 0 && result.length <= value.length) return;
  expect({ name, value, result }).toBe('of the bytes of the value and those that are added, and no longer');
}

const padding = fc.nat({ max: PADDING_MAX }).map((length) => 'a'.repeat(length));
const padded = (core: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(padding, core, padding).map((parts) => parts.join(''));
const partsOf = (parts: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((chosen) => chosen.join(''));

const bytes = fc.uint8Array({ maxLength: 200 }).map(fromBytes);
const everyAlphabet = [...new Set(Object.values(ALPHABETS).join(''))];

/** All values over an alphabet, shortest first, up to the length at which they become too many. */
function shortValues(alphabet: string): readonly string[] {
  const values = [''];
  for (let from = 0, to = 1; (to - from) * alphabet.length <= SHORT_VALUES_MAX; ) {
    for (const value of values.slice(from, to)) for (const next of alphabet) values.push(value + next);
    [from, to] = [to, values.length];
  }
  return values;
}

describe('the native transformations', () => {
  it('are those in TypeScript but the digests, each under the same name', () => {
    const names = transformationNames().filter((name) => findTransformation(name)?.name === name);
    expect([...NAMES].sort()).toEqual(names.filter((name) => !DIGESTS.includes(name)));
    expect(Object.keys(ALPHABETS).sort()).toEqual([...NAMES].sort());
  });

  it.each(['', 'md5', 'none', 'Lowercase', 'lowercase\0', 'lowercas'])('refuse the name %j', (name) => {
    expect(refusal(() => native.transform(name, 'a'))?.code).toBe('NATIVE_FAILED');
    expect(refusal(() => native.affectedBytes(name))?.code).toBe('NATIVE_FAILED');
  });

  it('refuse a value that is no string', () => {
    for (const value of [undefined, null, 1, {}, Buffer.from('a')]) {
      expect(refusal(() => native.transform('lowercase', value as string))?.code).toBe('NATIVE_FAILED');
    }
  });

  it('agree on any bytes, and on what any of them looks at', () => {
    const value = fc.oneof(bytes, padded(partsOf([...everyAlphabet, ...TOKENS])));
    const property = fc.property(value, (input) => {
      for (const name of NAMES) compare(name, input);
    });
    fc.assert(property, { numRuns: SHARED_RUNS });
  });

  it('agree on the vectors of all, and on those cut at every place', () => {
    for (const { groups } of files.values()) {
      const vectors = groups.flatMap(({ cases }) => cases);
      const short = vectors.map(([input]) => input).filter(({ length }) => length <= CUT_BYTES_MAX);
      const joined = short.join('').slice(0, 10 * CUT_BYTES_MAX);
      for (const name of NAMES) {
        for (const [input, output] of vectors) for (const value of [input, output]) compare(name, value);
        for (let at = 0; at <= joined.length; at++) {
          compare(name, joined.slice(0, at));
          compare(name, joined.slice(at));
        }
      }
    }
  });

  // The rule set is not on every machine; without it there is nothing to compare.
  it.skipIf(crsPayloads().length === 0)('agree on the strings of the rule set that it is tested with', () => {
    for (const payload of crsPayloads()) for (const name of NAMES) compare(name, payload);
  });

  it.each([
    ['urlDecodeUni', '%u'],
    ['urlDecodeUni', '%U'],
    ['jsDecode', '\\u'],
    ['cssDecode', '\\'],
    ['htmlEntityDecode', '&#x'],
    ['utf8toUnicode', '%u'],
  ])('%s reads every UTF-16 unit behind %j', (name, introduction) => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      compare(name, `${introduction}${unit.toString(16).padStart(4, '0')}`);
    }
  });

  it('utf8toUnicode reads every sequence of two bytes, and the ends of longer ones', () => {
    for (let pair = 0; pair <= 0xffff; pair++) {
      const head = String.fromCharCode(pair >> 8, pair & 0xff);
      for (const tail of ['', '\x80', '\xbf', '\x80\x80', '\xbf\xbf']) compare('utf8toUnicode', head + tail);
    }
  });
});

describe.each(NAMES)('%s', (name) => {
  const alphabet = ALPHABETS[name] ?? expect.fail(name);

  it('agrees on every byte, and on every short value of those it looks at', () => {
    for (let byte = 0; byte <= 0xff; byte++) {
      for (const before of ['', ...alphabet]) {
        for (const after of ['', ...alphabet]) compare(name, before + String.fromCharCode(byte) + after);
      }
    }
    for (const value of shortValues(alphabet))
      for (const head of ['', 'a'.repeat(14)]) compare(name, head + value);
  });

  it('agrees on values of what it looks at', () => {
    const own = padded(partsOf([...alphabet, ...TOKENS]));
    fc.assert(
      fc.property(own, (input) => compare(name, input)),
      { numRuns: OWN_RUNS },
    );
  });

  it('agrees on a hundred kilobytes of anything', () => {
    const pieces = [...alphabet, ...TOKENS, alphabet, `${alphabet}${'a'.repeat(29)}`];
    for (const piece of pieces) {
      const value = piece.repeat(HOSTILE_BYTES / piece.length);
      compare(name, value);
      compare(name, `${value.slice(1)}A`);
    }
  });

  it('leaves values as they are that hold none of its affected bytes', () => {
    const affected = native.affectedBytes(name);
    const others = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter(
      (byte) => !affected.includes(byte),
    );
    if (others.length === 0) return;
    compare(name, '');
    const value = fc.oneof(
      partsOf(others),
      padded(partsOf(others.filter((byte) => alphabet.includes(byte)).concat('a'))),
    );
    fc.assert(
      fc.property(value, (input) => {
        // The padding is one of the others wherever a letter is.
        const clean = others.includes('a') ? input : input.replaceAll('a', '');
        expect(apply(name, clean)).toBe(clean);
      }),
      { numRuns: OWN_RUNS },
    );
  });

  it('names no byte as affected that never is', () => {
    const affected = native.affectedBytes(name);
    if (affected.length === 256) return;
    for (const byte of affected) {
      const values = [byte, byte + byte, `/${byte}`, `${byte}/`, `0${byte}41`, `${byte}41`, `${byte}lt`];
      const changed = [...values, `${byte}\x80\x80\x80`].filter((value) => apply(name, value) !== value);
      // What else the value holds is none of them.
      const alone = changed.filter(
        (value) => !affected.split(byte).some((part) => [...part].some((other) => value.includes(other))),
      );
      expect({ byte, alone: alone.length > 0 }).toEqual({ byte, alone: true });
    }
  });
});
