import { describe, expect, it } from 'vitest';
import { compile, fromShared, Scanner } from '../src/index.ts';
import { codeOf, patternsOf } from './fixtures/helpers.ts';

const out = new Uint32Array(16);

describe('share and fromShared', () => {
  it('give the same database the same token, and others another', () => {
    const first = compile(patternsOf(['a']));
    const second = compile(patternsOf(['a']));
    expect(first.share()).toBe(first.share());
    expect(first.share()).not.toBe(second.share());
    expect(fromShared(first.share()).share()).toBe(first.share());
  });

  it('keep a database as long as anybody holds it', () => {
    const first = compile(patternsOf(['needle']));
    const token = first.share();
    const second = fromShared(token);
    first.close();
    const third = fromShared(token);
    second.close();
    const scanner = new Scanner(third);
    third.close();
    expect(scanner.scanString('a needle', out)).toBe(1);
    const fourth = fromShared(token);
    scanner.close();
    expect(fourth.sizeBytes).toBeGreaterThan(0);
    fourth.close();
    expect(codeOf(() => fromShared(token))).toBe('HS_UNKNOWN_TOKEN');
  });

  it('find each of many shared databases, and none of the closed', () => {
    const databases = Array.from({ length: 50 }, (_, i) => compile(patternsOf([`word${i}x`])));
    const tokens = databases.map((database) => database.share());
    for (const [index, database] of databases.entries()) if (index % 3 === 0) database.close();
    for (const [index, token] of tokens.entries()) {
      if (index % 3 === 0) {
        expect(codeOf(() => fromShared(token))).toBe('HS_UNKNOWN_TOKEN');
        continue;
      }
      const scanner = new Scanner(fromShared(token));
      expect(scanner.scanString(`word${index}x`, out)).toBe(1);
    }
  });

  it('refuse what is no token', () => {
    expect(codeOf(() => fromShared(1))).toBe('HS_UNKNOWN_TOKEN');
    expect(codeOf(() => fromShared(Number.MAX_SAFE_INTEGER))).toBe('HS_UNKNOWN_TOKEN');
    for (const wrong of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 60, '1', null, undefined, {}]) {
      expect(codeOf(() => fromShared(wrong as number))).toBe('HS_BAD_ARGUMENT');
    }
  });
});
