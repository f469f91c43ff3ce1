import { describe, expect, it } from 'vitest';
import { findTransformation, transformationNames } from '../../src/transformations/registry.ts';
import { VECTORS } from './vectors.ts';

const ALIASES = ['decodeBase64Ext', 'normalisePath', 'normalisePathWin'];

describe('transformation vectors', () => {
  it('has vectors for every transformation and for nothing else', () => {
    const expected = transformationNames().filter((name) => !ALIASES.includes(name));
    expect(Object.keys(VECTORS).sort()).toEqual(expected);
  });

  for (const [name, vectors] of Object.entries(VECTORS)) {
    it.each(vectors)(`${name} of %j is %j`, (input, output) => {
      expect(findTransformation(name)?.apply(input)).toBe(output);
    });
  }
});
