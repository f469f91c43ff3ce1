import { globSync } from 'node:fs';
import { checkRuleFiles } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { duplicateRules } from '../../src/rules-check/duplicates.ts';
import { exclusionWarnings } from '../../src/rules-check/exclusions.ts';
import { unreachableRules } from '../../src/rules-check/unreachable.ts';
import { baseFiles } from '../../src/serve/base-files.ts';

const files = baseFiles({ crs: true, directory: null }).flatMap((path) =>
  path.includes('*') ? globSync(path).sort() : [path],
);

describe('the CRS itself', () => {
  it('has no errors, and nothing dead, twice or dangerous', () => {
    const check = checkRuleFiles(files);
    expect(check.errors).toEqual([]);
    expect(check.rules.length).toBeGreaterThan(600);
    expect(check.ruleSet && unreachableRules(check.ruleSet, () => true)).toEqual([]);
    expect(duplicateRules(check.program, check.base)).toEqual([]);
    expect(exclusionWarnings(check)).toEqual([]);
  });
});
