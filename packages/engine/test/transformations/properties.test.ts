import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes } from '../../src/bytes.ts';
import { findTransformation, transformationNames } from '../../src/transformations/registry.ts';
import { NAIVE } from './naive.ts';

const NAMES = transformationNames();
const WIDE = /[^\x00-\xff]/;

/** What makes decoders take their rare ways, more often than chance does. */
const TOKENS = [
  ...[
    '%',
    '%u',
    '%uff1c',
    '%41',
    '+',
    '&#',
    '&#x',
    '&lt',
    ';',
    '\\',
    '\\x4',
    '\\u00',
    '\\7',
    '0x',
    '41',
    'f',
  ],
  ...[
    '/',
    '..',
    '.',
    '/*',
    '*/',
    '<!--',
    '-->',
    '#',
    ' ',
    '\t',
    '\xa0',
    '\0',
    '\xc3',
    '\xa9',
    '\xed\xa0\x80',
    '=',
  ],
];

const bytes = fc.uint8Array({ maxLength: 200 }).map(fromBytes);
const tokens = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((parts) => parts.join(''));
/** Nothing but what escapes are made of, so that long ones occur: six digits of CSS, entities of many digits. */
const escapes = fc.stringMatching(/^[\\%&u#x+;0-9a-fF ]{0,40}$/);
const digits = fc
  .tuple(
    fc.constantFrom('\\', '\\u', '\\x', '&#', '&#x', '%u', '%', '0x', ''),
    fc.stringMatching(/^(?:[0-9a-f]{0,24}|[0-9]{0,22})$/),
  )
  .map(([start, run]) => start + run);
const runs = fc
  .array(fc.oneof(digits, fc.constantFrom(...TOKENS)), { maxLength: 8 })
  .map((parts) => parts.join(''));
const value = fc.oneof(bytes, tokens, escapes, runs);

const apply = (name: string, input: string): string => {
  const transformation = findTransformation(name);
  if (transformation === undefined) return expect.fail(`no transformation ${name}`);
  return transformation.apply(input);
};

/** Bytes of output for each byte of input, at most; digests and `length` have a size of their own. */
const GROWTH: Readonly<Record<string, number>> = {
  urlEncode: 3,
  hexEncode: 2,
  base64Encode: 4,
  utf8toUnicode: 4,
};
const FIXED: Readonly<Record<string, number>> = { md5: 16, sha1: 20, length: 16 };

describe.each(NAMES)('%s', (name) => {
  it('gives bytes for any bytes, and no more than its growth allows', () => {
    fc.assert(
      fc.property(value, (input) => {
        const output = apply(name, input);
        expect(output).not.toMatch(WIDE);
        expect(output.length).toBeLessThanOrEqual(FIXED[name] ?? (GROWTH[name] ?? 1) * input.length + 3);
      }),
    );
  });

  it('does not depend on what was transformed before', () => {
    fc.assert(
      fc.property(value, value, (input, other) => {
        const before = apply(name, input);
        apply(name, other);
        expect(apply(name, input)).toBe(before);
      }),
    );
  });
});

describe.each(Object.entries(NAIVE))('%s', (name, naive) => {
  it('is what plain words say of it', () => {
    fc.assert(
      fc.property(value, (input) => {
        expect(apply(name, input)).toBe(naive(input));
      }),
      { numRuns: 3_000 },
    );
  });
});

it('all transformations but digests have a naive twin', () => {
  const digests = ['md5', 'sha1', 'base64Encode'];
  const aliases = NAMES.filter((name) => findTransformation(name)?.name !== name);
  expect([...Object.keys(NAIVE), ...digests, ...aliases].sort()).toEqual(NAMES);
});

const IDEMPOTENT = NAMES.filter((name) =>
  /^(?:lowercase|uppercase|removeNulls|replaceNulls|removeWhitespace|compressWhitespace|trim|trimLeft|trimRight|normali[sz]ePath(?:Win)?|parityZero7bit|cmdLine|replaceComments)$/.test(
    name,
  ),
);

describe.each(IDEMPOTENT)('%s', (name) => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(value, (input) => {
        const once = apply(name, input);
        expect(apply(name, once)).toBe(once);
      }),
    );
  });
});

const ALWAYS_OTHER = /^(?:base64|decodeBase64|hex|md5|sha1|length|uppercase|parityEven|parityOdd)/;

describe.each(NAMES.filter((name) => !ALWAYS_OTHER.test(name)))('%s', (name) => {
  it('leaves words of small letters as they are', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{0,40}$/), (input) => {
        expect(apply(name, input)).toBe(input);
      }),
    );
  });
});

describe.each([
  ['urlDecode', 'urlEncode'],
  ['urlDecodeUni', 'urlEncode'],
  ['base64Decode', 'base64Encode'],
  ['base64DecodeExt', 'base64Encode'],
  ['hexDecode', 'hexEncode'],
])('%s', (decode, encode) => {
  it(`undoes ${encode}`, () => {
    fc.assert(
      fc.property(value, (input) => {
        expect(apply(decode, apply(encode, input))).toBe(input);
      }),
    );
  });
});

/** Those that look at one byte at a time: of two values together they make what they make of each. */
const BYTEWISE =
  /^(?:lowercase|uppercase|urlEncode|hexEncode|removeNulls|replaceNulls|removeWhitespace|parity(?:Even|Odd|Zero)7bit)$/;

describe.each(NAMES.filter((name) => BYTEWISE.test(name)))('%s', (name) => {
  it('makes of two values together what it makes of each, across the size of the shared buffer too', () => {
    fc.assert(
      fc.property(value, value, fc.constantFrom(0, 65_400, 65_536), (left, right, bytes) => {
        const filler = 'A \xe9'.repeat(Math.ceil(bytes / 3));
        const parts = [left, filler, right].map((part) => apply(name, part)).join('');
        expect(apply(name, left + filler + right) === parts).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** What makes each decoder write, again and again; and what makes it look far ahead in vain. */
const REPEATED = [
  ...TOKENS,
  '&#1',
  '%u1',
  '\\u1',
  '/*',
  '<!--',
  '-',
  '../',
  'a/../',
  '0x4',
  '\xe2\x82',
  '==',
  '& ',
];

describe.each(NAMES)('%s', (name) => {
  it.each(REPEATED)('grows in proportion to a repeated %j', (part) => {
    const sizeOf = (count: number): number => apply(name, part.repeat(count)).length;
    const [small, middle, large] = [1_000, 2_000, 3_000].map(sizeOf);
    if (FIXED[name] !== undefined) return expect(large).toBeLessThanOrEqual(FIXED[name]);
    // Equal steps of the input are equal steps of the output, but for what is cut at the end.
    return expect(Math.abs((large ?? 0) - 2 * (middle ?? 0) + (small ?? 0))).toBeLessThanOrEqual(4);
  });
});

describe('values larger than the shared buffer', () => {
  const COUNT = 100_000;

  it.each([
    ['urlDecodeUni', '%uff1c', '<'],
    ['urlEncode', '<', '%3c'],
    ['htmlEntityDecode', '&lt;', '<'],
    ['htmlEntityDecode', '&#', '&#'],
    ['jsDecode', '\\x3c', '<'],
    ['cssDecode', '\\3c ', '<'],
    ['utf8toUnicode', '\xc3\xa9', '%u00e9'],
    ['replaceComments', '/**/', ' '],
    ['sqlHexDecode', '0x41 ', 'A '],
    ['normalizePath', 'a//', 'a/'],
    ['cmdLine', 'A, ', 'a '],
    ['parityZero7bit', '\xe1', 'a'],
  ])('%s of many %j', (name, part, expected) => {
    expect(apply(name, part.repeat(COUNT))).toBe(expected.repeat(COUNT));
  });

  it('normalizePath goes up as far as it came down', () => {
    expect(apply('normalizePath', `/${'a/'.repeat(COUNT)}${'../'.repeat(COUNT)}x`)).toBe('/x');
    expect(apply('normalizePath', '../'.repeat(COUNT))).toBe('../'.repeat(COUNT));
  });

  it('replaceComments and removeComments end at a comment without an end', () => {
    expect(apply('replaceComments', '/*x'.repeat(COUNT))).toBe(' ');
    expect(apply('removeComments', '<!--'.repeat(COUNT))).toBe(' ');
  });
});
