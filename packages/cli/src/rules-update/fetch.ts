/** A version of the CRS as a Go module: Go checks it against the public checksum database. */
import { tmpdir } from 'node:os';
import { SetupError } from '../setup/errors.ts';
import { fetchModule, type GoModule } from '../setup/go.ts';
import { PINS } from '../setup/pins.ts';

/** @throws SetupError SETUP_FETCH_FAILED, SETUP_COMMAND_FAILED */
export async function fetchCrs(version: string): Promise<GoModule> {
  const found = await fetchModule(`${PINS.crs.module}@v${version}`, {
    log: 'crs-update',
    what: `fetching the OWASP CRS ${version} with Go`,
    cwd: tmpdir(),
  });
  if (found?.version === `v${version}`) return found;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what: `fetching the OWASP CRS ${version}`,
    reason: 'Go answered with another version',
    remedy: 'Name a released version.',
  });
}
