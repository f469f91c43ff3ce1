import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './paths.ts';
import { startedMs } from './record.ts';
import type { SetupStep } from './step.ts';

/** flock's status where another process holds the lock and it was told not to wait. */
const LOCK_HELD = 75;

/**
 * Sees to it that the steps are done. What is missing is brought by a child process under the cache's lock, which the
 * kernel frees with the process, however that ends: two set-ups at once never write the same files.
 *
 * Returns the exit code: 0 when everything is there; the child has said what failed otherwise. Afterwards
 * SLUICE_SETUP_MS holds the milliseconds from the launcher's start to this point.
 */
export async function ensureSetup(steps: readonly SetupStep[]): Promise<number> {
  // In an image all was brought when it was made: libraries without their headers, nothing to install more with.
  if (process.env.SLUICE_SETUP_DONE === '1') return 0;
  const pending = steps.filter((step) => !step.isDone());
  // The launcher's own steps need a record too, even where nothing else is missing.
  if (pending.length > 0 || process.env.SLUICE_BOOTSTRAP_STEPS) {
    const status = await runLocked(pending.map((step) => String(step.number)));
    if (status !== 0) return status;
  }
  delete process.env.SLUICE_BOOTSTRAP_STEPS;
  process.env.SLUICE_SETUP_MS = String(Math.round(Date.now() - startedMs()));
  return 0;
}

async function runLocked(numbers: readonly string[]): Promise<number> {
  mkdirSync(cacheDirectory(), { recursive: true });
  const lock = join(cacheDirectory(), 'lock');
  const command = [lock, process.execPath, join(import.meta.dirname, 'run.ts'), ...numbers];
  const status = await run(['flock', '-n', '-E', String(LOCK_HELD), ...command]);
  if (status !== LOCK_HELD) return status;
  process.stderr.write('sluice: another set-up is under way; waiting for it\n');
  return run(['flock', ...command]);
}

function run(argv: readonly string[]): Promise<number> {
  const [file = '', ...rest] = argv;
  // Standard output belongs to the command; set-up speaks on standard error only.
  const child = spawn(file, rest, { stdio: ['ignore', 2, 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
