/** The spools that `spools` of ship.yaml names. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spoolDirectories } from '@sluice/spool';

/** At the end of a path: each folder in it is one of spools. */
const EACH = '/*';

/**
 * Each once. `FOLDER/*` stands for the folders in FOLDER, as pods that follow each other on a node have one each; what is not
 * there yet is looked for again later.
 */
export async function spoolFolders(paths: readonly string[]): Promise<readonly string[]> {
  const roots = await Promise.all(
    paths.map((path) => (path.endsWith(EACH) ? foldersIn(dirname(path)) : [path])),
  );
  const found = await Promise.all(roots.flat().map((root) => spoolDirectories(root)));
  return [...new Set(found.flat())];
}

async function foldersIn(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [join(path, entry.name)] : [])).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
