import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './errors.ts';
import { fetchModule } from './go.ts';
import { crsDirectory, crsRecordPath, repositoryRoot } from './paths.ts';
import { PINS } from './pins.ts';
import type { SetupStep } from './step.ts';

/** Fetches the module that rules/go.mod pins; Go checks it against rules/go.sum. Returns its folder. */
async function downloadModule(): Promise<string> {
  const found = await fetchModule(PINS.crs.module, {
    log: 'crs',
    what: `fetching the OWASP CRS ${PINS.crs.version} with Go`,
    cwd: join(repositoryRoot(), 'rules'),
  });
  if (found?.version === `v${PINS.crs.version}`) return found.directory;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what: 'fetching the OWASP CRS',
    reason: 'rules/go.mod pins another version than pins.ts',
    remedy: 'Let both name the same version.',
  });
}

export const crsStep: SetupStep = {
  number: 5,
  name: `OWASP CRS ${PINS.crs.version}`,
  isDone() {
    try {
      crsDirectory();
      return true;
    } catch (error) {
      // Missing or damaged, it is fetched anew.
      if (error instanceof SetupError) return false;
      throw error;
    }
  },
  async run() {
    const directory = await downloadModule();
    const temporary = `${crsRecordPath()}.new`;
    writeFileSync(temporary, JSON.stringify({ directory }));
    renameSync(temporary, crsRecordPath());
  },
};
