import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import * as api from '../src/index.ts';
import { exampleOf, readme } from './fixtures/readme.ts';

describe('README.md', () => {
  it('has an example that runs and prints what it says', () => {
    const output = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', exampleOf()], {
      encoding: 'utf8',
    });
    expect(output.replace(/\s+/g, ' ')).toContain('2 Uint32Array(4) [ 0, 1, 2, 2 ]');
    expect(exampleOf()).toContain('// 2 [0, 1, 2, 2]');
  });

  it('has an example of a stream that prints what it says', () => {
    const output = execFileSync(
      process.execPath,
      ['--input-type=module-typescript', '-e', exampleOf(undefined, 'openStream')],
      { encoding: 'utf8' },
    );
    expect(output.replace(/\s+/g, ' ').trim()).toBe('Uint32Array(3) [ 0, 1, 14 ]');
  });

  it('names every function and class that the package exports', () => {
    const names = Object.keys(api).filter((name) => name !== 'HYPERSCAN_ERRORS');
    for (const name of names) expect(readme, name).toContain(name);
  });
});
