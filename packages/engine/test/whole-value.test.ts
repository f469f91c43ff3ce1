/** Patterns that are answered by a look at a value's bytes answer as PCRE2 does. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { compilePattern } from '../src/patterns/regex.ts';
import { wholeValueOf } from '../src/patterns/whole-value.ts';
import { oracle, refusal } from './patterns-helpers.ts';

const VALUES = [
  '',
  '0',
  '00',
  '7',
  '12a',
  'a',
  'A',
  'aB',
  'k',
  'K',
  '\n',
  '0\n',
  '\0',
  '\xe9',
  '\xff',
  '\x0b',
  'é',
  ' 1',
  '1 ',
];
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

describe('a pattern of one set of bytes between both ends', () => {
  it.each([
    ...[
      '^\\d+$',
      '^0$',
      '^.*$',
      '^.+$',
      '^.$',
      '^[a-z]*$',
      '^(?i)[a-k]{2,}$',
      '^(?i:k)$',
      '^[^\\x80-\\xff]{1,3}?$',
    ],
    ...['^\\s++$', '^\\w{2}$', '^[\\w.-]{0,2}$'],
  ])('%s matches what PCRE2 says', (pattern) => {
    expect(wholeValueOf(pattern)).not.toBeNull();
    const compiled = compilePattern(pattern, DEFAULT_LIMITS);
    for (const value of [...VALUES, ...ALL_BYTES]) {
      const expected = oracle(pattern).test(value);
      expect([value, compiled.test(value)]).toEqual([value, expected]);
      expect([value, compiled.exec(value)]).toEqual([value, expected ? [value] : null]);
      const found = compiled.search(value, 0);
      expect(found === null ? null : [found.start, found.end]).toEqual(expected ? [0, value.length] : null);
      expect(compiled.search(value, 1)).toBeNull();
    }
  });

  it.each([
    '^(\\d)+$',
    '^\\d+a$',
    '^\\d+',
    '\\d+$',
    '^(?:ab)*$',
    '^a|b$',
    '^$',
    '(?m)^a$',
    '^\\b$',
    '^a\\$',
    `^[${'a'.repeat(99)}]$`,
  ])('%s is asked of an engine', (pattern) => {
    expect(wholeValueOf(pattern)).toBeNull();
  });

  it('is refused as any other where it is none', () => {
    expect(refusal(() => compilePattern('^[z-a]$', DEFAULT_LIMITS))?.code).toBe('PATTERN_SYNTAX');
  });
});
