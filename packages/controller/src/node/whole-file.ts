/** Files that are there whole or not at all, whoever reads them meanwhile, and whatever ends the writer. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

/** @param mode of the file; a former one's does not count */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Null where there is none, or more than `bytesMax`. */
export function readWhole(path: string, bytesMax: number): string | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return size === undefined || size > bytesMax ? null : readFileSync(path, 'utf8');
}
