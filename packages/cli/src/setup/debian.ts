import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fetchWith } from './command.ts';
import { SetupError } from './errors.ts';
import type { SetupStep } from './step.ts';

/** A package of Debian and the file that shows it is there, however it was installed. */
export interface SystemPackage {
  readonly name: string;
  isPresent(): boolean;
}

/** Finds a program the way a shell does; undefined where there is none. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return undefined;
}

const program = (name: string) => (): boolean => findProgram(name) !== undefined;

const header = (name: string) => (): boolean =>
  ['/usr/include', '/usr/local/include'].some((folder) => existsSync(join(folder, name)));

const library = (name: string) => (): boolean => globSync(`/usr/{lib,lib/*,local/lib}/${name}`).length > 0;

/** What the native parts are built from; libinjection comes inside libmodsecurity's static library. */
export const SYSTEM_PACKAGES: readonly SystemPackage[] = [
  { name: 'build-essential', isPresent: program('g++') },
  { name: 'pkg-config', isPresent: program('pkg-config') },
  { name: 'libhyperscan-dev', isPresent: header('hs/hs.h') },
  { name: 'libre2-dev', isPresent: header('re2/re2.h') },
  { name: 'libpcre2-dev', isPresent: header('pcre2.h') },
  { name: 'libmodsecurity-dev', isPresent: library('libmodsecurity.a') },
];

export const missingOf = (packages: readonly SystemPackage[]): readonly string[] =>
  packages.filter((wanted) => !wanted.isPresent()).map((wanted) => wanted.name);

const missingPackages = (): readonly string[] => missingOf(SYSTEM_PACKAGES);

/** Whether fetching wheels will find a pip, or what makes one. */
const hasPip = (): boolean =>
  ['pip', 'pip3'].some((name) => findProgram(name) !== undefined) ||
  globSync('/usr/lib/python3*/ensurepip/__main__.py').length > 0;

/** Installs as root, or throws SETUP_ROOT_NEEDED with the command to run, or SETUP_PACKAGES_MISSING without apt. */
export async function installPackages(names: readonly string[]): Promise<void> {
  const apt = findProgram('apt-get');
  if (apt === undefined) throw new SetupError('SETUP_PACKAGES_MISSING', { packages: names.join(' ') });
  if (process.getuid?.() !== 0) {
    // One call of sudo should be enough, also for the steps to come.
    const all = hasPip() ? names : [...new Set([...names, 'python3-pip'])];
    throw new SetupError('SETUP_ROOT_NEEDED', { packages: all.join(' ') });
  }
  const packages = names.join(' ');
  const options = { tool: 'apt-get', env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await fetchWith('apt', [apt, '-q', 'update'], { ...options, what: 'apt-get update' });
  const install = [apt, '-q', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends'];
  await fetchWith('apt', [...install, ...names], { ...options, what: `apt-get install ${packages}` });
}

export const debianStep: SetupStep = {
  number: 3,
  name: 'Hyperscan, RE2, PCRE2, libinjection',
  isDone: () => missingPackages().length === 0,
  run: () => installPackages(missingPackages()),
};
