/** Files that are their owner's alone. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Whole or not at all, 0600. @throws what the file system says */
export function writeOwnFile(path: string, text: string): void {
  const next = `${path}.next`;
  // One that is left of a process that was ended may be open to others.
  rmSync(next, { force: true });
  const file = openSync(next, 'wx', 0o600);
  try {
    // All of it, where a disk that is nearly full takes a part.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
