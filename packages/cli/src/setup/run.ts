/** The process that brings what is missing, under the cache's lock. Arguments: numbers of steps. */
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './errors.ts';
import { STEPS } from './needs.ts';
import { cacheDirectory } from './paths.ts';
import { bootstrapSteps, type StepTime, startedMs, writeRecord } from './record.ts';
import { type SetupStep, STEP_COUNT } from './step.ts';

async function runStep(step: SetupStep): Promise<StepTime> {
  const started = performance.now();
  process.stderr.write(`[${step.number}/${STEP_COUNT}] ${step.name} … `);
  await step.run();
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write(`${seconds.toFixed(1)} s\n`);
  return { name: step.name, seconds };
}

/** Removes what interrupted set-ups left: the lock is held, so nobody else is writing there. */
function clearLeftovers(): void {
  for (const name of globSync('.new.*', { cwd: cacheDirectory() })) {
    rmSync(join(cacheDirectory(), name), { recursive: true, force: true });
  }
}

async function main(numbers: readonly string[]): Promise<void> {
  clearLeftovers();
  const times: StepTime[] = [...bootstrapSteps()];
  for (const step of STEPS) {
    // Asked again under the lock: whoever held it before may have done the work.
    if (numbers.includes(String(step.number)) && !step.isDone()) times.push(await runStep(step));
  }
  if (times.length === 0) return;
  const started = startedMs();
  const seconds = (Date.now() - started) / 1000;
  writeRecord({ startedAt: new Date(started).toISOString(), seconds, steps: times });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nsluice: ${error.message}\nRemedy: ${error.remedy}\n`);
  process.exitCode = error.exitCode;
}
