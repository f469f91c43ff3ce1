/** Files that are there whole or not at all, whoever reads them meanwhile. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';

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
