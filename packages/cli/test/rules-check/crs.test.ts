import { globSync } from 'node:fs';
import { checkRuleFiles } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { warningsOf } from '../../src/rules-check/warnings.ts';
import { baseFiles } from '../../src/serve/base-files.ts';

const files = baseFiles({ crs: true, directory: null }).flatMap((path) =>
  path.includes('*') ? globSync(path).sort() : [path],
);

describe('the CRS itself', () => {
  it('has no errors, and no warnings but of what is slow', () => {
    const check = checkRuleFiles(files);
    expect(check.errors).toEqual([]);
    expect(check.rules.length).toBeGreaterThan(600);
    const warnings = warningsOf(check, []).filter(({ kind }) => kind !== 'expensive');
    expect(warnings).toEqual([]);
  });
});
