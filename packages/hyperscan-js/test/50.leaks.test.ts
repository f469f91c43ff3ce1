import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { patternsOf } from './fixtures/helpers.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/leak.ts', import.meta.url));

describe('memory', () => {
  it('does not grow over thousands of open and closed databases', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SCRIPT]);
    expect(stdout.trim()).toMatch(/^-?\d+$/);
    // A leak of the databases alone would be above 100 MB; without one it stays where it is however long it runs.
    expect(Number(stdout)).toBeLessThan(80_000_000);
  }, 120_000);

  it('would show a leak: the databases are not small', () => {
    const patterns = patternsOf(Array.from({ length: 40 }, (_, i) => `word${i}(x|y)[0-9]{1,${i + 2}}`));
    expect(compile(patterns).sizeBytes * 3_000).toBeGreaterThan(100_000_000);
  });
});
