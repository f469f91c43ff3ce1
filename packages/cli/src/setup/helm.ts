/** Helm, built from its Go module, with which tests render and check the chart. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithGo } from './go-build.ts';
import { cacheDirectory, repositoryRoot } from './paths.ts';
import { PINS } from './pins.ts';
import { digestOf } from './stamp.ts';
import type { SetupStep } from './step.ts';

const LOG = 'helm';
/** What the module's go.mod asks for. */
const GO_MINOR_MIN = 26;

/** The folder's go.mod and go.sum pin the module and all that it needs. */
const sources = (): string => join(repositoryRoot(), 'test/kubernetes/helm');

const FLAGS = ['-trimpath', '-ldflags=-s -w'];

const target = (): string => join(cacheDirectory(), `helm-${digestOf(sources(), FLAGS).slice(0, 16)}`);

/** Null where set-up has not built it. */
export const helmProgram = (): string | null => (existsSync(target()) ? target() : null);

/** @returns the program's path */
async function build(directory: string): Promise<string> {
  const output = join(directory, 'program');
  await buildWithGo({
    what: `building Helm ${PINS.helm.version} with Go`,
    ...{ log: LOG, minorMin: GO_MINOR_MIN, sources: sources(), directory, flags: FLAGS, output },
    packages: [`${PINS.helm.module}/cmd/helm`],
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
