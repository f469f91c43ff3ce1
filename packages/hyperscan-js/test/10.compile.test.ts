import { describe, expect, it } from 'vitest';
import {
  type CompileOptions,
  compile,
  expressionInfo,
  Flags,
  hostPlatform,
  type Pattern,
} from '../src/index.ts';
import { platformOf } from '../src/options.ts';
import { codeOf, errorOf, patternsOf, scanAll } from './fixtures/helpers.ts';

const one = (pattern: object): Pattern[] => [{ expression: 'a', id: 1, flags: 0, ...pattern }];

describe('compile', () => {
  it('makes a database of one pattern and of thousands', () => {
    expect(compile(patternsOf(['a'])).sizeBytes).toBeGreaterThan(0);
    const many = Array.from({ length: 3000 }, (_, i) => `word${i}end`);
    expect(scanAll(patternsOf(many), ['xx word2999end', 'word17'])).toEqual(['0:2999']);
  });

  it('reports the pattern that Hyperscan refuses, by id and place', () => {
    const patterns = [
      { expression: 'fine', id: 4, flags: 0 },
      { expression: '(open', id: 77, flags: 0 },
    ];
    const error = errorOf(() => compile(patterns));
    expect(error.code).toBe('HS_COMPILE');
    expect(error.expressionId).toBe(77);
    expect(error.expressionIndex).toBe(1);
    expect(error.message).toContain('Missing close parenthesis');
  });

  it.each([
    ['look-ahead', 'a(?=b)'],
    ['back-reference', '(a)\\1'],
    ['the empty match', 'a?'],
    ['too many repeats', '.{1,40000}'],
  ])('refuses what Hyperscan does not take: %s', (_, expression) => {
    expect(codeOf(() => compile(patternsOf([expression], 0)))).toBe('HS_COMPILE');
  });

  it('takes ids up to 2^32-1, and the same id twice', () => {
    const patterns = [
      { expression: 'a', id: 0xffffffff, flags: Flags.SINGLEMATCH },
      { expression: 'b', id: 0xffffffff, flags: Flags.SINGLEMATCH },
    ];
    expect(scanAll(patterns, ['a', 'b', 'c'])).toEqual(['0:4294967295', '1:4294967295']);
  });

  it('obeys each limit of a pattern', () => {
    const ext = (fields: object) => one({ flags: Flags.SINGLEMATCH, expression: 'ab+c', ext: fields });
    const values = ['abc', 'abbbc', '......abc', 'abd'];
    expect(scanAll(ext({}), values)).toEqual(['0:1', '1:1', '2:1']);
    expect(scanAll(ext({ minOffset: 9 }), values)).toEqual(['2:1']);
    expect(scanAll(ext({ maxOffset: 4 }), values)).toEqual(['0:1']);
    expect(scanAll(ext({ minLength: 5 }), values)).toEqual(['1:1']);
    expect(scanAll(ext({ editDistance: 1 }), values)).toEqual(['0:1', '1:1', '2:1', '3:1']);
    expect(scanAll(ext({ hammingDistance: 1 }), values)).toEqual(['0:1', '1:1', '2:1', '3:1']);
  });

  it('obeys each flag', () => {
    const hits = (expression: string, flags: number, value: string) =>
      scanAll(one({ expression, flags: flags | Flags.SINGLEMATCH }), [value]).length;
    expect(hits('abc', 0, 'ABC')).toBe(0);
    expect(hits('abc', Flags.CASELESS, 'ABC')).toBe(1);
    expect(hits('a.b', 0, 'a\nb')).toBe(0);
    expect(hits('a.b', Flags.DOTALL, 'a\nb')).toBe(1);
    expect(hits('^b', 0, 'a\nb')).toBe(0);
    expect(hits('^b', Flags.MULTILINE, 'a\nb')).toBe(1);
    expect(hits('^\\w$', 0, '\xc3\xa9')).toBe(0);
    expect(hits('^\\w$', Flags.UTF8 | Flags.UCP, '\xc3\xa9')).toBe(1);
    expect(hits('a(?=b)c', Flags.PREFILTER, 'ac')).toBeLessThan(2);
  });

  it('reports combinations, and keeps quiet ones quiet', () => {
    const patterns = [
      { expression: 'a', id: 1, flags: Flags.QUIET },
      { expression: 'b', id: 2, flags: Flags.QUIET },
      { expression: '1 & 2', id: 3, flags: Flags.COMBINATION | Flags.SINGLEMATCH },
    ];
    expect(scanAll(patterns, ['a', 'b', 'a b', 'abab'])).toEqual(['2:3', '3:3']);
  });

  it('refuses combinations of SINGLEMATCH patterns, which lose matches', () => {
    const patterns = [
      { expression: 'a', id: 1, flags: Flags.QUIET },
      { expression: 'b', id: 2, flags: Flags.SINGLEMATCH },
      { expression: '1 & 2', id: 3, flags: Flags.COMBINATION },
    ];
    const error = errorOf(() => compile(patterns));
    expect(error.code).toBe('HS_UNSAFE_COMBINATION');
    expect(error.expressionId).toBe(2);
  });

  it.each(['host', 'generic', 'avx2'] as const)('compiles for the platform %s', (platform) => {
    expect(scanAll(patternsOf(['b+c', 'x']), ['abbc'], platform)).toEqual(['0:0']);
  });

  it('refuses a NUL in an expression, and takes it written as \\x00', () => {
    const error = errorOf(() => compile(one({ expression: 'a\0b' })));
    expect(error.code).toBe('HS_NUL_IN_EXPRESSION');
    expect(scanAll(patternsOf(['a\\x00b']), ['a\0b', 'ab'])).toEqual(['0:0']);
  });

  it('refuses characters that are no bytes', () => {
    expect(codeOf(() => compile(one({ expression: 'a\u0100' })))).toBe('HS_NOT_LATIN1');
  });

  it.each([
    ['no patterns', []],
    ['no array', 'abc'],
    ['an array-like', { length: 1, 0: one({})[0] }],
    ['a hole', new Array(1)],
    ['null as a pattern', [null]],
    ['an expression that is no string', one({ expression: 7 })],
    ['no id', [{ expression: 'a', flags: 0 }]],
    ['a negative id', one({ id: -1 })],
    ['an id of 2^32', one({ id: 2 ** 32 })],
    ['a fractional id', one({ id: 1.5 })],
    ['NaN as flags', one({ flags: Number.NaN })],
    ['flags as a string', one({ flags: 'CASELESS' })],
    ['a misspelt key', one({ flag: 1 })],
    ['a misspelt limit', one({ ext: { min_offset: 1 } })],
    ['a negative limit', one({ ext: { minOffset: -1 } })],
    ['a limit beyond safe integers', one({ ext: { maxOffset: 2 ** 60 } })],
    ['a distance of 2^32', one({ ext: { editDistance: 2 ** 32 } })],
    ['null as limits', one({ ext: null })],
  ])('refuses %s', (_, patterns) => {
    expect(codeOf(() => compile(patterns as Pattern[]))).toBe('HS_BAD_ARGUMENT');
  });

  it.each([
    ['an unknown mode', { mode: 'chunked' }],
    ['a mode that is no string', { mode: { toString: (): string => 'block' } }],
    ['a horizon outside of streams', { somHorizon: 'small' }],
    ['an unknown horizon', { mode: 'stream', somHorizon: 'tiny' }],
    ['an unknown platform', { platform: 'arm' }],
    ['a platform of the prototype', { platform: 'toString' }],
    ['a misspelt option', { platfrom: 'avx2' }],
    ['null', null],
  ])('refuses %s as options', (_, options) => {
    expect(codeOf(() => compile(patternsOf(['a']), options as CompileOptions))).toBe('HS_BAD_ARGUMENT');
  });

  it('refuses unknown flags with the words of Hyperscan', () => {
    expect(errorOf(() => compile(one({ flags: 1 << 20 }))).message).toContain('Unrecognised flag');
  });

  it('survives deep nesting and long expressions', () => {
    expect(() => compile(patternsOf([`${'('.repeat(7000)}a${')'.repeat(7000)}`]))).not.toThrow();
    expect(codeOf(() => compile(patternsOf(['a'.repeat(20_000)])))).toBe('HS_COMPILE');
  });
});

describe('hostPlatform', () => {
  it('is the platform that host stands for', () => {
    const database = compile(patternsOf(['a']));
    expect(compile(patternsOf(['a']), { platform: hostPlatform() }).info()).toEqual(database.info());
  });

  it('takes the richest of the features', () => {
    expect([0, 4, 8, 12, 16, 28, 60].map(platformOf)).toEqual([
      'generic',
      'avx2',
      'generic',
      'avx512',
      'generic',
      'avx512vbmi',
      'avx512vbmi',
    ]);
  });
});

describe('expressionInfo', () => {
  it('answers the widths and where it matches', () => {
    expect(expressionInfo('ab{2,5}', 0)).toEqual({
      minWidth: 3,
      maxWidth: 6,
      unorderedMatches: false,
      matchesAtEnd: false,
      matchesOnlyAtEnd: false,
    });
    expect(expressionInfo('a.*b\\z', Flags.DOTALL)).toMatchObject({
      maxWidth: Infinity,
      matchesOnlyAtEnd: true,
    });
  });

  it('refuses what compile refuses', () => {
    expect(codeOf(() => expressionInfo('(a', 0))).toBe('HS_COMPILE');
    expect(codeOf(() => expressionInfo('a\0', 0))).toBe('HS_NUL_IN_EXPRESSION');
    expect(codeOf(() => expressionInfo('a', -1))).toBe('HS_BAD_ARGUMENT');
  });
});
