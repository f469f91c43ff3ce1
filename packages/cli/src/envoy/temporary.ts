/** Folders in the system's temporary folder that go with this process, also where an error ends it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const open = new Set<TemporaryDirectory>();

process.once('exit', () => {
  for (const directory of open) directory.remove();
});

export class TemporaryDirectory {
  readonly path: string;

  /** Readable by this user only. */
  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    open.add(this);
  }

  join(name: string): string {
    return join(this.path, name);
  }

  /** Can be called again. */
  remove(): void {
    open.delete(this);
    rmSync(this.path, { recursive: true, force: true });
  }
}
