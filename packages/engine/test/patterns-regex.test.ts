/** Compiled patterns, as operators use them. */
import { describe, expect, it, vi } from 'vitest';
import { EngineError } from '../src/errors.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { native } from '../src/native/binding.ts';
import { type CompiledPattern, compilePattern } from '../src/patterns/regex.ts';
import { refusal } from './patterns-helpers.ts';

const compile = (pattern: string): CompiledPattern => compilePattern(pattern, DEFAULT_LIMITS);

describe('captures', () => {
  it('are the groups 0 to 9 as text, undefined where a group took no part', () => {
    expect(compile('(\\w+)=(\\d*)(x)?').exec('?id=7')).toEqual(['id=7', 'id', '7', undefined]);
    expect(compile('(\\w+)=(\\d*)(x)?').exec('?id=')).toEqual(['id=', 'id', '', undefined]);
    expect(compile('(a)'.repeat(12)).exec('a'.repeat(12))).toHaveLength(10);
    expect(compile('a').exec('b')).toBeNull();
  });

  it('are bytes of the value, those above 0x7f and NUL included', () => {
    expect(compile('[^a]+').exec('a\xe9\0\xffa')).toEqual(['\xe9\0\xff']);
  });

  it('of rounds that take nothing are those of PCRE2', () => {
    expect(compile('(a*)+').exec('aa')).toEqual(['aa', '']);
    expect(compile('(a|b??)*').exec('ab')).toEqual(['a', '']);
  });

  it('come from look-around and references too', () => {
    expect(compile('(?<=q=)(.)\\1').exec('a=xx&q=yy')).toEqual(['yy', 'y']);
    expect(compile('a(?!b)').test('abab')).toBe(false);
  });
});

describe('the pattern of the whole value', () => {
  it('is what an engine makes of it, without one', () => {
    const asked = compile('(?:^.*$)');
    const known = compile('^.*$');
    for (const value of ['', 'a', 'a\nb\n', '\n', '\xff\0', 'long'.repeat(1_000)]) {
      expect(known.test(value)).toBe(asked.test(value));
      expect(known.exec(value)).toEqual(asked.exec(value));
      for (const from of [0, value.length]) {
        expect(known.search(value, from)).toEqual(asked.search(value, from));
      }
    }
  });
});

describe('the engine', () => {
  it('is RE2 where it can be: no pattern in its words reaches a limit', () => {
    const value = `${'a'.repeat(100_000)}b`;
    expect(compile('^(a+)+$').test(value)).toBe(false);
    expect(compile('^(a*)*$').exec(value)).toBeNull();
  });

  it('is PCRE2 under the limit of the configuration otherwise', () => {
    const value = `${'a'.repeat(40)}b`;
    for (const call of ['test', 'exec'] as const) {
      const regex = compile('^(?=a)(a+)+$');
      expect(refusal(() => regex[call](value))?.code).toBe('MATCH_LIMIT');
    }
    const short = '(?=a)(?:a|a)*b';
    expect(compilePattern(short, { pcreMatchSteps: 10_000 }).test('aaaac')).toBe(false);
    expect(refusal(() => compilePattern(short, { pcreMatchSteps: 5 }).test('aaaac b'))?.code).toBe(
      'MATCH_LIMIT',
    );
  });

  it('is PCRE2 where RE2 finds a pattern too large', () => {
    const compileRe2 = vi.fn(() => {
      throw new EngineError('PATTERN_UNSUPPORTED', { reason: 'pattern too large' });
    });
    const regex = compilePattern('a(b)', DEFAULT_LIMITS, { ...native, compileRe2 });
    expect(regex.exec('ab')).toEqual(['ab', 'b']);
    expect(compileRe2).toHaveBeenCalledOnce();
  });

  it('passes every other failure on', () => {
    const failing = (): never => {
      throw new EngineError('NATIVE_FAILED', { what: 'RE2', reason: 'x' });
    };
    const compiling = () => compilePattern('a', DEFAULT_LIMITS, { ...native, compileRe2: failing });
    expect(refusal(compiling)?.code).toBe('NATIVE_FAILED');
    const broken = { ...native, compileRe2: () => ({ test: failing, exec: failing }) };
    const regex = compilePattern('(a*)*', DEFAULT_LIMITS, broken);
    expect(refusal(() => regex.test('a'))?.code).toBe('NATIVE_FAILED');
    expect(refusal(() => regex.exec('a'))?.code).toBe('NATIVE_FAILED');
  });

  it('does not let PCRE2 deny a match that RE2 found', () => {
    const denying = { ...native, compilePcre2: () => ({ test: () => false, exec: () => null }) };
    const regex = compilePattern('(a*)*', DEFAULT_LIMITS, denying);
    expect(refusal(() => regex.exec('a'))?.code).toBe('NATIVE_FAILED');
  });
});
