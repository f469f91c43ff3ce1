import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './paths.ts';

export interface StepTime {
  readonly name: string;
  readonly seconds: number;
}

/** The last set-up that had something to do, as `last-setup.json` in the cache holds it. */
export interface SetupRecord {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly StepTime[];
}

/** When the launcher started, in milliseconds since 1970; this process's own start where it was not used. */
export function startedMs(): number {
  const given = Number(process.env.SLUICE_STARTED_MS);
  return given > 0 ? given : Date.now() - process.uptime() * 1000;
}

/** The launcher's own steps, which it passes as `name=milliseconds;…`. */
export function bootstrapSteps(): readonly StepTime[] {
  const given = process.env.SLUICE_BOOTSTRAP_STEPS ?? '';
  return given
    .split(';')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.lastIndexOf('=');
      return { name: entry.slice(0, at), seconds: Number(entry.slice(at + 1)) / 1000 };
    });
}

export function recordPath(): string {
  return join(cacheDirectory(), 'last-setup.json');
}

export function writeRecord(record: SetupRecord): void {
  const path = recordPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
