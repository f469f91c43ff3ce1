import { describe, expect, it } from 'vitest';
import {
  findTransformation,
  transformationNames,
  transformationsByName,
} from '../../src/transformations/registry.ts';

describe('findTransformation', () => {
  it('finds a name in any case', () => {
    expect(findTransformation('URLDECODEUNI')?.name).toBe('urlDecodeUni');
    expect(findTransformation('urldecodeuni')?.name).toBe('urlDecodeUni');
  });

  it.each([
    ['normalisePath', 'normalizePath'],
    ['normalisePathWin', 'normalizePathWin'],
    ['decodeBase64Ext', 'base64DecodeExt'],
  ])('finds %s as %s', (alias, name) => {
    expect(findTransformation(alias)?.name).toBe(name);
  });

  it.each(['', 'none', 'urlDecodeUnix', 'constructor', '__proto__'])('knows no %j', (name) => {
    expect(findTransformation(name)).toBeUndefined();
  });
});

describe('transformationsByName', () => {
  const first = { name: 'same', apply: (value: string) => value };

  it('refuses a name that is used twice, in whatever case', () => {
    const second = { name: 'other', aliases: ['SAME'], apply: (value: string) => value };
    expect(() => transformationsByName([first, second])).toThrow(
      expect.objectContaining({ code: 'SECLANG_BAD_ARGUMENT' }),
    );
  });

  it('takes different names', () => {
    expect(transformationsByName([first]).get('same')).toBe(first);
  });
});

describe('transformationNames', () => {
  it('lists what can be found, once each', () => {
    const names = transformationNames();
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(findTransformation(name)).toBeDefined();
  });
});
