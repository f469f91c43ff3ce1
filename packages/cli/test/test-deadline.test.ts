import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Counts, countsOf } from '../src/commands/test-runners.ts';
import { repositoryRoot } from '../src/setup/paths.ts';

const scripts = join(repositoryRoot(), 'scripts');

const config = (fileMs: number, runMs: number): string => `
import { CountingReporter } from '${scripts}/counting-reporter.ts';
import { DeadlineReporter } from '${scripts}/deadline-reporter.ts';
export default { test: { pool: 'forks', maxWorkers: 2, setupFiles: ['${scripts}/file-process.ts'], reporters: [
  new CountingReporter('counts.json'),
  new DeadlineReporter({ fileMs: ${fileMs}, runMs: ${runMs}, lookMs: 100 }),
] } };
`;

const HANGS = "import { it } from 'vitest';\nit('hangs', () => { for (;;); });";
const PASSES = "import { it } from 'vitest';\nit('passes', () => {});";

/** What a run of vitest over these files comes to, and what it tells on standard error. */
async function run(
  files: Readonly<Record<string, string>>,
  configuration: string,
): Promise<{ readonly counts: Counts; readonly told: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-deadline-'));
  try {
    symlinkSync(join(repositoryRoot(), 'node_modules'), join(directory, 'node_modules'));
    writeFileSync(join(directory, 'vitest.config.mjs'), configuration);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    // The run around this one must not reach into it.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/VITEST|SLUICE_TEST/.test(name)),
    );
    const vitest = join(repositoryRoot(), 'node_modules/.bin/vitest');
    const child = spawn(vitest, ['run'], { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
    const status = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
    return { counts: countsOf(status, readFileSync(join(directory, 'counts.json'), 'utf8')), told };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe('a test file that computes without end', () => {
  it('is killed when its time is over, named, and counted as failed; the others are not touched', async () => {
    const files = { 'a.test.ts': HANGS, 'b.test.ts': PASSES, 'c.test.ts': PASSES };
    const { counts, told } = await run(files, config(5000, 600_000));
    expect(told).toMatch(/killed after \S+ min: .*a\.test\.ts/);
    expect(told).not.toMatch(/[bc]\.test\.ts/);
    expect(counts.passed).toBe(2);
    expect(counts.failed).toBeGreaterThan(0);
  });

  it('does not hold up the end of a run whose time is over', async () => {
    const files = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`${n}.test.ts`, HANGS]));
    const { counts, told } = await run(files, config(600_000, 5000));
    expect(told).toContain('no file begins any more');
    expect(counts.failed).toBeGreaterThan(0);
  });
});
