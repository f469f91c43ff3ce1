import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { native } from '../src/binding.ts';
import { libraryVersion } from '../src/index.ts';
import { codeOf, errorOf } from './fixtures/helpers.ts';

describe('loading', () => {
  it('names the script that builds a missing addon', () => {
    const error = errorOf(() => native('/nowhere/hyperscan.node'));
    expect(error.code).toBe('HS_BINDING_MISSING');
    expect(error.message).toContain('/nowhere/hyperscan.node');
    expect(error.remedy).toContain('native/build.sh');
  });

  it('keeps the cause of an addon that cannot be loaded', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hyperscan-js-')), 'broken.node');
    writeFileSync(path, 'no shared object');
    const error = errorOf(() => native(path));
    expect(error.code).toBe('HS_BINDING_UNUSABLE');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('refuses a module that is not this addon', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hyperscan-js-')), 'other.cjs');
    writeFileSync(path, 'module.exports = { compile() {} };');
    expect(codeOf(() => native(path))).toBe('HS_BINDING_UNUSABLE');
  });

  it('answers the version of the library', () => {
    expect(libraryVersion()).toMatch(/^5\.4\.\d+ \d{4}-\d\d-\d\d$/);
  });

  it('marks the library as proven for the whole process', () => {
    expect(native().isProven()).toBe(true);
  });
});
