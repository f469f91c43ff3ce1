/** The engine's addon: RE2, PCRE2 and libinjection over bytes. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { loadNative, native, openAddon } from '../src/native/binding.ts';
import type { NativeRegex } from '../src/native/contract.ts';
import { refusal } from './patterns-helpers.ts';

const MEGABYTE = 1024 * 1024;

const re2 = (pattern: string): NativeRegex => native.compileRe2(pattern, { maxMemoryBytes: 64 * MEGABYTE });
const pcre2 = (pattern: string, matchLimit = 100_000): NativeRegex =>
  native.compilePcre2(pattern, { matchLimit });

const exec = (regex: NativeRegex, value: string): readonly number[] | null => {
  const offsets = regex.exec(value);
  return offsets === null ? null : [...offsets];
};

describe.each([
  ['RE2', re2],
  ['PCRE2', (pattern: string) => pcre2(pattern)],
])('%s', (_, compile) => {
  it('takes values as bytes, NUL and those above 0x7f included', () => {
    expect(exec(compile('\\x00b'), 'a\0b')).toEqual([1, 3]);
    expect(exec(compile('[\\x80-\\xff]+'), 'a\xff\x80b')).toEqual([1, 3]);
    expect(exec(compile('a\xe9'), '\xe9a\xe9')).toEqual([1, 3]);
    expect(compile('^.$').test('\xe9')).toBe(true);
    expect(exec(compile('a\0'), 'aa\0')).toEqual([1, 3]);
  });

  it('lets . take newlines, and ^ and $ stand at the ends of the value only', () => {
    expect(compile('^a.b$').test('a\nb')).toBe(true);
    expect(compile('a$').test('a\n')).toBe(false);
    expect(compile('^a').test('\na')).toBe(false);
  });

  it('goes back to a branch that takes nothing, also where the value is one byte', () => {
    expect(exec(compile('(?:b|\\A)(a*.)'), 'b')).toEqual([0, 1, 0, 1]);
  });

  it('matches the empty value', () => {
    expect(compile('^$').test('')).toBe(true);
    expect(exec(compile('(a)?'), '')).toEqual([0, 0, -1, -1]);
    expect(compile('a').test('')).toBe(false);
    expect(exec(compile('a'), '')).toBeNull();
  });

  it('tells a group that took nothing from one that took no part', () => {
    expect(exec(compile('(a*)(b)?(c)'), 'c')).toEqual([0, 1, 0, 0, -1, -1, 0, 1]);
  });

  it('searches from a place on, and sees what stands before it', () => {
    const from = (pattern: string, value: string, at: number) => {
      const offsets = compile(pattern).exec(value, at);
      expect(compile(pattern).test(value, at)).toBe(offsets !== null);
      return offsets === null ? null : [...offsets];
    };
    expect(from('a', 'aba', 0)).toEqual([0, 1]);
    expect(from('a', 'aba', 1)).toEqual([2, 3]);
    expect(from('a', 'aba', 3)).toBeNull();
    expect(from('^a', 'aa', 1)).toBeNull();
    expect(from('\\ba', 'aa', 1)).toBeNull();
    expect(from('\\ba', ' a', 1)).toEqual([1, 2]);
    expect(from('$', 'ab', 1)).toEqual([2, 2]);
    expect(from('', 'ab', 2)).toEqual([2, 2]);
    for (const at of [-1, 3, Number.MAX_SAFE_INTEGER]) {
      expect(refusal(() => compile('a').exec('ab', at))?.code).toBe('NATIVE_FAILED');
    }
  });

  it('prefers the first branch that matches, not the longest', () => {
    expect(exec(compile('a|ab'), 'xab')).toEqual([1, 2]);
  });

  it('reports at most the groups 0 to 9, as an Int32Array', () => {
    const offsets = compile('(a)'.repeat(12)).exec('a'.repeat(12));
    expect(offsets).toBeInstanceOf(Int32Array);
    expect([...(offsets ?? [])]).toEqual([0, 12, ...Array.from({ length: 9 }, (__, i) => [i, i + 1]).flat()]);
  });

  it('reports a match until the next one of any pattern', () => {
    const first = compile('(a)(b)').exec('xab');
    expect(first).toEqual(Int32Array.of(1, 3, 1, 2, 2, 3));
    expect(compile('(a)(b)').exec('xxab')).toBe(first);
    expect(compile('c').exec('ab')).toBeNull();
    expect(compile('c').exec('abc')).toEqual(Int32Array.of(2, 3));
  });

  it('answers the same again and again, whatever came between', () => {
    const regex = compile('(\\d+)-(\\d+)');
    for (const value of ['1-2', 'x'.repeat(3 * MEGABYTE), '', '1-2']) regex.test(value);
    expect(exec(regex, 'a 12-345')).toEqual([2, 8, 2, 4, 5, 8]);
  });

  it('reads strings however JavaScript holds them', () => {
    const rope = `${'x'.repeat(40)}${'y'.repeat(40)}needle`;
    expect(exec(compile('needle'), rope)).toEqual([80, 86]);
    expect(exec(compile('y+n'), rope.slice(30))).toEqual([10, 51]);
    expect(exec(compile('\\xe9'), `\u20ac${'a'.repeat(20)}\xe9`.slice(1))).toEqual([20, 21]);
  });

  it.each(['(', 'a)', '[a', '*', 'a{2,1}', '\\'])('refuses the pattern %j', (pattern) => {
    const error = refusal(() => compile(pattern));
    expect(['PATTERN_SYNTAX', 'PATTERN_UNSUPPORTED']).toContain(error?.code);
    expect(error?.rawMessage).not.toBe('');
  });

  it('refuses a value that is no string, and a limit that is none', () => {
    const regex = compile('a');
    for (const value of [undefined, null, 1, {}, Buffer.from('a')]) {
      expect(refusal(() => regex.test(value as string))?.code).toBe('NATIVE_FAILED');
      expect(refusal(() => regex.exec(value as string))?.code).toBe('NATIVE_FAILED');
    }
    expect(refusal(() => native.compileRe2('a', { maxMemoryBytes: 0 }))?.code).toBe('NATIVE_FAILED');
    expect(refusal(() => native.compilePcre2('a', { matchLimit: -1 }))?.code).toBe('NATIVE_FAILED');
  });
});

describe('RE2', () => {
  it('takes a megabyte in linear time, on patterns over which others despair', () => {
    for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*)*x', '(?:a?){50}a{50}b']) {
      expect(re2(pattern).test(`${'a'.repeat(MEGABYTE)}\n`)).toBe(false);
    }
    expect(exec(re2('(a+)+(b)'), `${'a'.repeat(MEGABYTE)}b`)?.slice(0, 2)).toEqual([0, MEGABYTE + 1]);
  });

  it('says that a pattern is too large, which is not its fault', () => {
    const call = () => native.compileRe2('(?:[a-f]{500}x){2}', { maxMemoryBytes: 4096 });
    expect(refusal(call)?.code).toBe('PATTERN_UNSUPPORTED');
    expect(refusal(() => re2('a{1001}'))?.code).toBe('PATTERN_UNSUPPORTED');
  });

  it('still answers when its automaton has no room', () => {
    const tight = native.compileRe2('[ab]*a[ab]{11}c', { maxMemoryBytes: 32 * 1024 });
    const value = 'ab'.repeat(5_000);
    expect(tight.test(value)).toBe(false);
    expect(tight.test(`${value}c`)).toBe(true);
  });
});

describe('PCRE2', () => {
  it.each([
    ['(a+)+$', `${'a'.repeat(40)}b`],
    ['^(a|a?)+$', `${'a'.repeat(30)}b`],
    ['(x+x+)+y', `${'x'.repeat(60)} y`],
    ['(?:(.)(?!\\1))*$(?<=z)', 'ab'.repeat(MEGABYTE)],
  ])('throws when %j reaches the limit: that is not "no match"', (pattern, value) => {
    expect(refusal(() => pcre2(pattern).test(value))?.code).toBe('MATCH_LIMIT');
    expect(refusal(() => pcre2(pattern).exec(value))?.code).toBe('MATCH_LIMIT');
  });

  it('goes on after the limit was reached', () => {
    const regex = pcre2('(a+)+$');
    expect(refusal(() => regex.test(`${'a'.repeat(40)}b`))?.code).toBe('MATCH_LIMIT');
    expect(regex.test('aaa')).toBe(true);
    expect(regex.test('b')).toBe(false);
  });

  it('ends a match that would take its stack', () => {
    const regex = pcre2('^(?:(a)|b(?1))*(?R)?$', 10_000_000);
    expect(refusal(() => regex.test('b'.repeat(4 * MEGABYTE)))?.code).toBe('MATCH_LIMIT');
  });

  it('looks around and refers back', () => {
    expect(exec(pcre2('(?<=a)(b)\\1(?!c)'), 'abbc abb')).toEqual([6, 8, 6, 7]);
  });
});

describe('libinjection', () => {
  it.each([
    ["1' OR '1'='1", 's&sos'],
    ['-1 UNION SELECT 1,2,3', '1UE1,'],
    ["' or 1=1 --", 's&1=1'],
  ])('finds SQL injection in %j', (value, fingerprint) => {
    expect(native.detectSqli(value)?.slice(0, 3)).toBe(fingerprint.slice(0, 3));
  });

  it('is asked for its words by a table that says the same', () => {
    expect(native.differingSqlWords()).toBe(0);
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)//<a href="javascript:1">',
  ])('finds cross-site scripting in %j', (value) => expect(native.detectXss(value)).toBe(true));

  it.each(['', 'hello world', "it's fine", 'a=b&c=d', '2 < 3', '\0', '\xff\xfe', 'select your options'])(
    'lets %j pass',
    (value) => {
      expect(native.detectSqli(value)).toBeNull();
      expect(native.detectXss(value)).toBe(false);
    },
  );

  it.each(['/', '<', '<a/', "'", '`', '<!--', '<!', '&', '=', '(', '-', '\0', '{`'])(
    'comes to an end on megabytes of %j',
    (unit) => {
      for (const head of ['', '<a ', '<a b=', "1'"]) {
        const value = head + unit.repeat(MEGABYTE / unit.length);
        expect(typeof native.detectXss(value)).toBe('boolean');
        expect([null, 'string']).toContain(native.detectSqli(value) === null ? null : 'string');
      }
    },
  );
});

describe('the binding', () => {
  it('names what is linked', () => {
    const versions = native.versions();
    expect(versions.re2).toMatch(/^\d{8}/);
    expect(versions.pcre2).toMatch(/^10\./);
    expect(versions.libinjection).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('says which file is missing', () => {
    const error = refusal(() => openAddon('/nonexistent/engine.node'));
    expect(error?.code).toBe('NATIVE_MISSING');
    expect(error?.rawMessage).toContain('/nonexistent/engine.node');
  });

  it('loads once', () => expect(loadNative()).toBe(loadNative()));

  it('cannot be made to call a method on something else', () => {
    const regex = re2('a');
    const other = { test: regex.test, exec: regex.exec };
    expect(() => other.test('a')).toThrow();
    expect(() => other.exec('a')).toThrow();
  });
});

const WORKER = `
  import { parentPort, workerData } from 'node:worker_threads';
  const { native } = await import(workerData.binding);
  const regexes = [native.compileRe2('(a+)(b)', { maxMemoryBytes: 1 << 24 }), native.compilePcre2('(a+)(b)(?!c)', { matchLimit: 1000 })];
  let total = 0;
  for (let i = 0; i < 5_000; i++) for (const regex of regexes) total += regex.exec('x'.repeat(i % 50) + 'aaab')?.[1] ?? 0;
  parentPort.postMessage([total, native.detectSqli("1' or '1'='1") !== null, native.detectXss('<script>')]);
  if (workerData.endless) for (;;) for (const regex of regexes) regex.test('a'.repeat(1000));
`;

function startWorker(endless: boolean): { worker: Worker; answer: Promise<unknown> } {
  const binding = new URL('../src/native/binding.ts', import.meta.url).href;
  const url = new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`);
  const worker = new Worker(url, { workerData: { binding, endless } });
  const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve);
  worker.once('error', reject);
  return { worker, answer };
}

describe('worker threads', () => {
  const expected = [10_000 * 4 + 2 * 100 * 1225, true, true];

  it('each have a state of their own', async () => {
    const started = Array.from({ length: 4 }, () => startWorker(false));
    expect(await Promise.all(started.map(({ answer }) => answer))).toEqual(started.map(() => expected));
    await Promise.all(started.map(({ worker }) => worker.terminate()));
  });

  it('can be ended in mid-match', async () => {
    for (let round = 0; round < 3; round++) {
      const { worker, answer } = startWorker(true);
      expect(await answer).toEqual(expected);
      await worker.terminate();
    }
    expect(re2('a').test('a')).toBe(true);
  });
});
