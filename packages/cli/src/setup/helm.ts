/** Helm, built from its Go module, with which tests render and check the chart. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fetchWith } from './command.ts';
import { findCompiler } from './go-compiler.ts';
import { cacheDirectory, repositoryRoot } from './paths.ts';
import { PINS } from './pins.ts';
import { digestOf } from './stamp.ts';
import type { SetupStep } from './step.ts';

const LOG = 'helm';
/** What the module's go.mod asks for. */
const GO_MINOR_MIN = 26;
const COMPILERS_MAX = 4;

/** The folder's go.mod and go.sum pin the module and all that it needs. */
const sources = (): string => join(repositoryRoot(), 'test/kubernetes/helm');

const FLAGS = ['-trimpath', '-ldflags=-s -w'];

const target = (): string => join(cacheDirectory(), `helm-${digestOf(sources(), FLAGS).slice(0, 16)}`);

/** Null where set-up has not built it. */
export const helmProgram = (): string | null => (existsSync(target()) ? target() : null);

/** Go's caches are gigabytes for one program, and go with the folder of the build. */
async function build(directory: string): Promise<string> {
  const go = await findCompiler(GO_MINOR_MIN, LOG);
  const output = join(directory, 'program');
  const parallel = String(Math.min(COMPILERS_MAX, availableParallelism()));
  const command = `${PINS.helm.module}/cmd/helm`;
  await fetchWith(LOG, [go.path, 'build', '-p', parallel, ...FLAGS, '-o', output, command], {
    what: `building Helm ${PINS.helm.version} with Go`,
    tool: 'go',
    cwd: sources(),
    env: {
      GOCACHE: join(directory, 'build'),
      GOMODCACHE: join(directory, 'modules'),
      // A user's flags and workspaces must not change what this is; modules are unpacked so that they can be removed.
      ...{ GOFLAGS: '-mod=readonly -buildvcs=false -modcacherw', GOWORK: 'off', GOTOOLCHAIN: 'local' },
      CGO_ENABLED: '0',
    },
  });
  return output;
}

export const helmStep: SetupStep = {
  number: 13,
  name: `Helm ${PINS.helm.version}`,
  isDone: () => helmProgram() !== null,
  async run() {
    const temporary = mkdtempSync(join(cacheDirectory(), '.new.'));
    try {
      renameSync(await build(temporary), target());
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  },
};
