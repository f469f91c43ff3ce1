import { existsSync } from 'node:fs';
import { installPackages, missingOf, type SystemPackage } from './debian.ts';
import type { SetupStep } from './step.ts';

const NAMES = ['mmdebstrap', 'buildah', 'umoci', 'runc', 'containerd'];

const PACKAGES: readonly SystemPackage[] = NAMES.map((name) => ({
  name,
  isPresent: () => ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(`${folder}/${name}`)),
}));

/** What deploy/image/build.sh makes images with, and what its test runs them with; and the container runtime of test/kubernetes/cri. Only root can do any of it. */
export const imageToolsStep: SetupStep = {
  number: 14,
  name: NAMES.join(', '),
  isDone: () => process.getuid?.() !== 0 || missingOf(PACKAGES).length === 0,
  run: () => installPackages(missingOf(PACKAGES)),
};
