import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/bytes.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { schemaPattern } from '../../src/operators/json-schema-pattern.ts';
import { bytePattern } from '../../src/operators/utf8-ranges.ts';
import { compilePattern } from '../../src/patterns/regex.ts';

const character = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'é',
    'ß',
    '1',
    '_',
    ' ',
    '\n',
    '\u2028',
    '\u00a0',
    '中',
    '😀',
    '-',
    ']',
    '\u{10ffff}',
  ),
  fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 1 }),
);
const text = fc.string({ unit: character, maxLength: 6 });
const atom = fc.constantFrom(
  ...[
    'a',
    'é',
    '中',
    '😀',
    '.',
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '[ab]',
    '[^a]',
    '[é-中]',
    '[^\\s😀]',
    '\\p{L}',
  ],
  ...[
    '\\P{Lu}',
    '[\\p{Lu}\\d_-]',
    '\\u00e9',
    '\\u{1F600}',
    '\\ud83d\\ude00',
    '\\x41',
    '\\-'.slice(1),
    '\\/',
    '\\n',
    '\\.',
    '\\b',
    '(?:a|é)',
    '(?<x>b)',
    '(1)',
  ],
);
const repeated = fc
  .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?'))
  .map(([one, repeat]) => (one === '\\b' ? one : one + repeat));
const pattern = fc
  .tuple(fc.constantFrom('', '^'), fc.array(repeated, { maxLength: 4 }), fc.constantFrom('', '$', '|a'))
  .map(([start, parts, end]) => start + parts.join('') + end)
  // A name may stand once.
  .filter((written) => written.split('(?<x>').length < 3);

describe('patterns of JSON Schema', () => {
  it('match over bytes where ECMAScript’s match over characters', () => {
    fc.assert(
      fc.property(pattern, text, (written, value) => {
        const printed = schemaPattern(written);
        expect(typeof printed).toBe('string');
        const regex = compilePattern(String(printed), DEFAULT_LIMITS);
        expect(regex.test(fromText(value))).toBe(new RegExp(written, 'u').test(value));
      }),
      { numRuns: 400 },
    );
  });

  it.each(['(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', '(?i:a)', '(', '[', 'a{2,1}'])(
    'are refused where no linear engine has them: %s',
    (written) => {
      expect(schemaPattern(written)).toEqual({ reason: expect.any(String) });
    },
  );
});

describe('a set of code points as bytes', () => {
  const codePoint = fc.integer({ min: 0, max: 0x10_ffff }).filter((code) => code < 0xd800 || code > 0xdfff);

  it('matches just the characters that are in it', () => {
    fc.assert(
      fc.property(codePoint, codePoint, codePoint, (one, other, asked) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const regex = new RegExp(`^${bytePattern([[first, last]])}$`, 's');
        for (const code of [asked, first, last]) {
          const isIn = code >= first && code <= last;
          expect(regex.test(fromText(String.fromCodePoint(code)))).toBe(isIn);
        }
      }),
    );
  });

  it('has a pattern that nothing matches for no code points', () => {
    expect(new RegExp(bytePattern([])).test('\xff')).toBe(false);
  });
});
