/** `kubectl sluice …`: kubectl runs the program `kubectl-sluice` of the PATH with the arguments behind it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { repositoryRoot } from '../src/setup/paths.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kubectl-'));
  mkdirSync(join(folder, 'check out'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(repositoryRoot(), 'kubectl-sluice'), join(folder, 'check out/kubectl-sluice'));
  const launcher = '#!/bin/bash\nprintf "%s|" "$@"\nexit 7\n';
  writeFileSync(join(folder, 'check out/sluice'), launcher, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a link on the PATH is the launcher beside the file, with its arguments and its status', () => {
  symlinkSync(join(folder, 'check out/kubectl-sluice'), join(folder, 'bin/kubectl-sluice'));
  const { stdout, status } = spawnSync('kubectl-sluice', ['explain', 'web', '-n', 'a b', '*'], {
    ...{ cwd: '/', encoding: 'utf8' },
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` },
  });
  expect([stdout, status]).toEqual(['explain|web|-n|a b|*|', 7]);
});
