import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Counts, countsOf } from '../src/commands/test-runners.ts';
import { repositoryRoot } from '../src/setup/paths.ts';

const CONFIG = `
import { CountingReporter } from '${repositoryRoot()}/scripts/counting-reporter.ts';
export default { test: { pool: 'forks', allowOnly: false, reporters: [new CountingReporter('counts.json')] } };
`;

/** What the reporter counts in a run of vitest over one file, and what becomes of that with the run's status. */
async function countsOfFile(text: string): Promise<{ readonly reported: unknown; readonly final: Counts }> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-counting-'));
  try {
    symlinkSync(join(repositoryRoot(), 'node_modules'), join(directory, 'node_modules'));
    writeFileSync(join(directory, 'vitest.config.mjs'), CONFIG);
    writeFileSync(join(directory, 'a.test.ts'), `import { beforeAll, describe, it } from 'vitest';\n${text}`);
    // The run around this one must not reach into it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.includes('VITEST')));
    const vitest = join(repositoryRoot(), 'node_modules/.bin/vitest');
    const child = spawn(vitest, ['run'], { cwd: directory, env, stdio: 'ignore' });
    const status = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
    const report = readFileSync(join(directory, 'counts.json'), 'utf8');
    return { reported: JSON.parse(report), final: countsOf(status, report) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe('the count of tests', () => {
  it.concurrent.each([
    ['tests that pass', "it('x', () => {}); it('y', () => {});", { passed: 2, failed: 0, skipped: 0 }],
    [
      'a test that is skipped',
      "it('x', () => {}); it.skip('y', () => {});",
      { passed: 1, failed: 0, skipped: 1 },
    ],
    ['a test that fails', "it('x', () => { throw 1; });", { passed: 0, failed: 1, skipped: 0 }],
    ['a syntax error', 'const = 1;', { passed: 0, failed: 1, skipped: 0 }],
    ['a missing import', "import './none.ts';", { passed: 0, failed: 1, skipped: 0 }],
    ['a file without tests', '', { passed: 0, failed: 1, skipped: 0 }],
    ['a throw outside tests', 'throw 1;', { passed: 0, failed: 1, skipped: 0 }],
    ['a test left alone', "it.only('x', () => {}); it('y', () => {});", { passed: 0, failed: 1, skipped: 1 }],
    [
      'a rejection that nobody handles',
      "it('x', () => { Promise.reject(new Error('y')); return new Promise((r) => setTimeout(r, 20)); });",
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a hook that throws',
      "describe('x', () => { beforeAll(() => { throw 1; }); it('y', () => {}); });",
      { passed: 0, failed: 1, skipped: 1 },
    ],
  ])('is right for %s', async (_, text, counts) => {
    const { reported, final } = await countsOfFile(text);
    // Each net alone must hold: the reporter's own count first.
    expect(reported).toEqual(counts);
    expect(final).toEqual(counts);
  });

  it.concurrent.each([
    ['leaves early', "it('x', () => process.exit(0)); it('y', () => {});"],
    ['dies', "it('x', () => { process.kill(process.pid, 'SIGKILL'); }); it('y', () => {});"],
  ])('has a failure where the process %s', async (_, text) => {
    expect((await countsOfFile(text)).final.failed).toBeGreaterThan(0);
  });
});
