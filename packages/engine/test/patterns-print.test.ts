/** Printing: which engine takes which pattern, in what words, and why not. */
import { describe, expect, it } from 'vitest';
import { classifyPattern } from '../src/patterns/classify.ts';
import { outcome, printedPcre2, printedRe2 } from './patterns-helpers.ts';

describe('what an engine cannot say', () => {
  it.each([
    ['(?=a)', 'look-around'],
    ['(?<!a)b', 'look-around'],
    ['(a)\\1', 'back-references'],
    ['(?>a)', 'atomic groups'],
    ['a++', 'possessive repeats'],
    ['\\Ra', 'atomic groups'],
    ['a\\Kb', '\\K'],
    ['a\\Z', 'anchor finalNewline'],
    ['(?m)a^', 'multi-line ^'],
    ['(?m)(?:^|a)b?', 'multi-line ^'],
  ])('leaves %j to PCRE2, with the reason', (pattern, reason) => {
    const { engines, reasons } = classifyPattern(pattern);
    expect(engines).toMatchObject({ hyperscan: null, re2: null });
    expect(reasons.re2).toContain(reason);
    expect(reasons.hyperscan).toContain(reason);
    printedPcre2(engines.pcre2);
  });

  it('keeps a class that nothing is in from Hyperscan only', () => {
    const { engines, reasons } = classifyPattern('a|[^\\s\\S]');
    expect(engines.hyperscan).toBeNull();
    expect(reasons).toEqual({ hyperscan: 'no class that nothing is in', re2: null });
    expect(printedRe2(engines.re2 ?? '').test('b')).toBe(false);
  });

  it('lets a multi-line ^ stand where a byte must follow', () => {
    expect(classifyPattern('(?m)(?:^|,)a').reasons.re2).toBeNull();
    expect(classifyPattern('(?m)(?:^)*\\b(a|b)').reasons.re2).toBeNull();
  });
});

describe('words', () => {
  it('are the same whatever newline options an engine is given', () => {
    expect(classifyPattern('^.a$').engines).toEqual({
      hyperscan: '(?s)\\A.a\\z',
      re2: '(?s)\\A.a\\z',
      pcre2: '(?s)\\A.a\\z',
    });
  });

  it('say case once where all letters fold, so that long patterns stay short', () => {
    expect(classifyPattern('(?i)(?:union|select)[\\s\\x0b]+"').engines.hyperscan).toBe(
      '(?is)(?:union|select)[\\x09-\\x0d ]+"',
    );
    expect(classifyPattern('(?i:ab)c|d').engines.hyperscan).toBe('(?s)(?i:ab)c|d');
  });

  it('keep bytes above 0x7f from the folding of RE2, which is that of Unicode', () => {
    const { re2, hyperscan } = classifyPattern('(?i)k\\xe9[\\xe0-\\xe4][^\\xff]').engines;
    expect(hyperscan).toBe('(?is)k\\xe9[\\xe0-\\xe4][\\x00-\\xfe]');
    expect(re2).toBe('(?is)(?:)k(?-i:\\xe9)(?-i:[\\xe0-\\xe4])[\\x00-\\xfe]');
    for (let byte = 0x80; byte <= 0xff; byte++) {
      const hex = byte.toString(16);
      for (const text of [`(?i)\\x${hex}`, `(?i)[\\x${hex}]k`, `(?i)[^\\x${hex}]k`]) {
        const { engines } = classifyPattern(text);
        const [linear, backtracking] = [printedRe2(engines.re2 ?? ''), printedPcre2(engines.pcre2)];
        for (let other = 0; other <= 0xff; other++) {
          const value = `${String.fromCharCode(other)}K`;
          expect(linear.test(value)).toBe(backtracking.test(value));
        }
      }
    }
  });

  it('keep RE2 from looking for UTF-8 where branches share bytes above 0x7f', () => {
    // What this guards against: should it begin to match, the guard can go.
    expect(printedRe2('\\xe9|\\xe9.').test('\xe9')).toBe(false);
    for (const pattern of [
      '\\xe9|\\xe9.',
      '\\xe9|\\xe9',
      '\\A(?:\\xe9|\\xe9a)',
      '(?:a\\xe9|a\\xe9b)a*a+?|\\xe9',
      '(\\xe9|\\xe9b)',
      '(?:\\xe9|\\xe9){2}|\\xe9',
      '(?:a|a)\\xe9|\\xe9',
      '(?:\\xe9|\\xe9)a*a*',
      '^\\xe9a|^\\xe9',
    ]) {
      const { re2 } = classifyPattern(pattern).engines;
      expect([pattern, printedRe2(re2 ?? '').test('\xe9')]).toEqual([pattern, true]);
    }
  });

  it('keep RE2 from losing the other case of a letter that is merged into a class', () => {
    // What this guards against: should it begin to match, folding in parts can be written as it is.
    expect(printedRe2('b|(?i:b)').test('B')).toBe(false);
    for (const pattern of [
      'b|(?i:b)',
      'b|[Bb]',
      'xb|x(?i:b)',
      '[a-c]|(?i:b)',
      'b|(?:c|(?i:b))',
      'b|b|(?i:b)',
    ]) {
      const { re2 } = classifyPattern(pattern).engines;
      expect([pattern, re2, printedRe2(re2 ?? '').test('xB')]).toEqual([pattern, re2, true]);
    }
    expect(classifyPattern('(?i:a)b').engines.re2).toBe('(?s)(?:A|a)b');
  });

  it('name no group that nobody sees, and keep those that references need', () => {
    const twelve = '(a)'.repeat(12);
    expect(classifyPattern(twelve).engines.re2).toBe(`(?s)${'(a)'.repeat(9)}${'(?:a)'.repeat(3)}`);
    expect(classifyPattern(twelve).engines.hyperscan).toBe(`(?s)${'(?:a)'.repeat(12)}`);
    const referring = printedPcre2(classifyPattern(`${'(a)'.repeat(11)}(b)\\12`).engines.pcre2);
    expect(referring.test(`${'a'.repeat(11)}bb`)).toBe(true);
  });
});

describe('repeats beyond what RE2 counts to', () => {
  it.each([
    ['x{1500}', '(?s)x{1000}x{500}'],
    ['x{1500,}?', '(?s)x{1000}?x{500,}?'],
    ['x{500,1500}', '(?s)x{500,1000}x{0,500}'],
    ['(?:ab){1001}', '(?s)(?:ab){1000}(?:ab){1}'],
    ['(?:x{40}y){40}', '(?s)(?:x{25}x{15}y){40}'],
  ])('prints %j as %j', (pattern, expected) => {
    const { engines } = classifyPattern(pattern);
    expect(engines.re2).toBe(expected);
    printedRe2(expected);
  });

  it.each(['x{1500}', 'x{3,1200}?', '(?:ab|a){0,1100}', '(?:x{35}y){35}'])(
    'keep the meaning of %j',
    (pattern) => {
      const { engines } = classifyPattern(pattern);
      const [re2, pcre2] = [printedRe2(engines.re2 ?? ''), printedPcre2(engines.pcre2)];
      const unit = pattern.includes('y') ? `${'x'.repeat(35)}y` : pattern.includes('b') ? 'ab' : 'x';
      for (const count of [0, 2, 3, 34, 35, 36, 1099, 1100, 1101, 1199, 1200, 1499, 1500, 1501]) {
        expect(outcome(re2, unit.repeat(count))).toBe(outcome(pcre2, unit.repeat(count)));
      }
    },
  );

  it('are left to PCRE2 where unrolling would change groups, rounds or the measure', () => {
    expect(classifyPattern('(x){1500}').reasons.re2).toContain('captures');
    expect(classifyPattern('(?:x?){1500}').reasons.re2).toContain('empty');
    expect(classifyPattern(`(?:${'abc'.repeat(500)}{65535}){1000}`).reasons.re2).toContain('too long');
  });
});

describe('placing', () => {
  it.each([
    ['(a*)+', false],
    ['(?:a|b??)*', false],
    ['(?:(a)|b*)*', false],
    ['(?:|a)*', false],
    ['(?:a*)*', true],
    ['(?:a|b*)+', true],
    ['(?:a?b*|)*', false],
    ['(?:a?b*)*', true],
    ['(a*){2,3}', true],
    ['(?:(a)|b)*', true],
    ['(a+)*', true],
  ])('of %j is alike in RE2 and PCRE2: %j', (pattern, expected) => {
    expect(classifyPattern(pattern).re2PlacesAlike).toBe(expected);
  });
});
