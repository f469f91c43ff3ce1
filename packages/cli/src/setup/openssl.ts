import { findProgram, installPackages, missingOf, type SystemPackage } from './debian.ts';
import type { SetupStep } from './step.ts';

const PACKAGES: readonly SystemPackage[] = [
  { name: 'openssl', isPresent: () => findProgram('openssl') !== undefined },
  { name: 'chromium', isPresent: () => findProgram('chromium') !== undefined },
];

/** What docs/hub.md makes certificates with, for the tests that do the same; and a browser for those of the console. */
export const opensslStep: SetupStep = {
  number: 12,
  name: 'openssl, Chromium',
  isDone: () => missingOf(PACKAGES).length === 0,
  run: () => installPackages(missingOf(PACKAGES)),
};
