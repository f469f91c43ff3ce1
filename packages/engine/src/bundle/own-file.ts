/** Files that nobody but this user can have written. */
import { closeSync, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type BytesAt, bytesOfFile } from './bytes-at.ts';
import { codeOf } from './files.ts';

const UNREADABLE: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES']);

/**
 * What `use` makes of a file that only this user can have written; null where there is none. What is asked for its owner and
 * what is read are the same file, also where another takes its name meanwhile.
 */
export function withOwnFile<Result>(file: string, use: (bytes: BytesAt) => Result): Result | null {
  const descriptor = openOrNull(file);
  if (descriptor === null) return null;
  try {
    const status = fstatSync(descriptor);
    return isOwn(status) ? use(bytesOfFile(descriptor, status.size)) : null;
  } finally {
    closeSync(descriptor);
  }
}

/** Whether there is a file that others could have written. */
export function isForeign(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status !== undefined && !isOwn(status);
}

const isOwn = ({ uid, mode }: Stats): boolean => uid === process.getuid?.() && (mode & 0o077) === 0;

function openOrNull(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    // A file that this user may not read is somebody else's.
    if (UNREADABLE.has(codeOf(error))) return null;
    throw error;
  }
}
