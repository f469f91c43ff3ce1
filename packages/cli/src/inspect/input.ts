/** Reads what a request is made of. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InspectError } from './errors.ts';

/** The bytes of a file, or of standard input for `-`. Throws INSPECT_UNREADABLE. */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InspectError('INSPECT_UNREADABLE', { path, reason }, error);
  }
}

/** The files of a folder, sorted; a file stands for itself. */
export const filesOf = (path: string): readonly string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path];
