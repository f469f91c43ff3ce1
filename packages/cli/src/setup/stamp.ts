import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A digest of all files below `directory` (names and bytes) and of `facts` beside them. */
export function digestOf(directory: string, facts: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync('**/*', { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  // Lengths go first, so that no two different trees give the same stream of bytes.
  const add = (bytes: Buffer): void => {
    hash.update(`${bytes.length}:`).update(bytes);
  };
  for (const path of files) {
    add(Buffer.from(path.slice(directory.length)));
    add(readFileSync(path));
  }
  for (const fact of facts) add(Buffer.from(fact));
  return hash.digest('hex');
}

export function stampIs(path: string, digest: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === digest;
}

export function writeStamp(path: string, digest: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, digest);
}
