import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTransformation, transformationNames } from '../../src/transformations/registry.ts';
import { readVectorFiles, shown } from '../vector-files.ts';
import type { TransformationVectors } from './vector.ts';

const CASES_MIN = 8;
const SOURCE_CHARACTERS_MIN = 20;

const files = await readVectorFiles<TransformationVectors>(join(import.meta.dirname, 'vectors'));
/** Every name once: an alias is what its transformation is. */
const names = [...new Set(transformationNames().map((name) => findTransformation(name)?.name))].sort();

describe('transformation vectors', () => {
  it('have a file for every transformation, and none for anything else', () => {
    expect([...files.keys()].sort()).toEqual(names);
  });

  it.each([...files])('of %s are enough, each once, and say where they come from', (_, { groups }) => {
    const inputs = groups.flatMap(({ cases }) => cases.map(([input]) => input));
    expect(inputs.length).toBeGreaterThanOrEqual(CASES_MIN);
    expect(new Set(inputs).size).toBe(inputs.length);
    expect(inputs).toContain('');
    for (const { source } of groups) expect(source.length).toBeGreaterThan(SOURCE_CHARACTERS_MIN);
  });
});

for (const [name, { groups }] of files) {
  const rows = groups.flatMap(({ source, cases }) =>
    cases.map(([input, output]) => ({ input, output, source, title: `${shown(input)} is ${shown(output)}` })),
  );
  describe(`t:${name}`, () => {
    it.each(rows)('$title', ({ input, output, source }) => {
      // Compared before anything is printed: a difference of a million bytes takes minutes to show.
      const actual = findTransformation(name)?.apply(input);
      expect(actual === output ? null : shown(String(actual)), source).toBeNull();
    });
  });
}
