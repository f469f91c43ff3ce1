import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, missingOf, type SystemPackage } from './debian.ts';
import type { SetupStep } from './step.ts';

/** A program of root's, which others' PATH need not have. */
const rootProgram = (name: string) => (): boolean =>
  ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(join(folder, name)));

/** What the node agent runs in pods' network namespaces. */
const NETWORK_PACKAGES: readonly SystemPackage[] = [
  { name: 'nftables', isPresent: rootProgram('nft') },
  { name: 'iproute2', isPresent: rootProgram('ip') },
  { name: 'util-linux', isPresent: rootProgram('nsenter') },
];

export const networkStep: SetupStep = {
  number: 8,
  name: 'nftables, iproute2, util-linux',
  // Only root can use them, so that nobody else needs root to have them.
  isDone: () => process.getuid?.() !== 0 || missingOf(NETWORK_PACKAGES).length === 0,
  run: () => installPackages(missingOf(NETWORK_PACKAGES)),
};
