/** Files of a package of Debian, fetched once with apt into the cache and unpacked there, not installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';

const DOWNLOAD_MILLIS = 60_000;

export interface DebianPackage {
  /** Where its files are: `etc`, `usr`. */
  readonly root: string;
  /** Why they are not there, or null. */
  readonly missing: string | null;
}

/**
 * @param folder in the cache; of this machine alone
 * @param archive what the archive's name must match, its version in it
 * @param files that must be in the package
 */
export function debianPackage(
  name: string,
  folder: string,
  archive: RegExp,
  files: readonly string[],
): DebianPackage {
  const directory = join(cacheDirectory(), folder);
  const root = join(directory, 'root');
  const complete = () => files.every((file) => existsSync(join(root, file)));
  if (complete()) return { root, missing: null };
  try {
    mkdirSync(directory, { recursive: true });
    const options = { cwd: directory, timeout: DOWNLOAD_MILLIS, stdio: 'pipe' } as const;
    execFileSync('apt-get', ['download', name], options);
    const found = readdirSync(directory).find((one) => archive.test(one));
    if (found === undefined) return { root, missing: 'apt has another version' };
    execFileSync('dpkg', ['-x', found, 'root'], options);
  } catch (error) {
    return { root, missing: error instanceof Error ? error.message : String(error) };
  }
  return { root, missing: complete() ? null : 'the package has other files' };
}
