import { existsSync } from 'node:fs';
import { installPackages, missingOf, type SystemPackage } from './debian.ts';
import type { SetupStep } from './step.ts';

const PACKAGES: readonly SystemPackage[] = ['mmdebstrap', 'buildah', 'umoci', 'runc'].map((name) => ({
  name,
  isPresent: () => ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(`${folder}/${name}`)),
}));

/** What deploy/image/build.sh makes images with, and what its test runs them with. Only root can do either. */
export const imageToolsStep: SetupStep = {
  number: 14,
  name: 'mmdebstrap, buildah, umoci, runc',
  isDone: () => process.getuid?.() !== 0 || missingOf(PACKAGES).length === 0,
  run: () => installPackages(missingOf(PACKAGES)),
};
