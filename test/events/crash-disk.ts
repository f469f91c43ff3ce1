/** A small disk that can be filled up: a tmpfs of its own, which only root may mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MEBIBYTE = Buffer.alloc(1_048_576);

export class SmallDisk {
  readonly path: string;
  readonly #unmount = (): void => {
    execFileSync('umount', ['--lazy', this.path], { stdio: 'ignore' });
  };

  private constructor(path: string) {
    this.path = path;
    process.prependOnceListener('exit', this.#unmount);
  }

  /** Null where this user may not mount. */
  static mount(path: string, mebibytes: number): SmallDisk | null {
    if (process.getuid?.() !== 0) return null;
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Takes all the room that there is. */
  fill(): void {
    const file = openSync(this.#filler, 'w');
    try {
      for (let step = MEBIBYTE; step.length > 0; step = step.subarray(Math.ceil(step.length / 2)))
        fillBy(file, step);
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    process.off('exit', this.#unmount);
    this.#unmount();
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }
}

/** Until the disk takes no more of this size. */
function fillBy(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    if (!isFull) throw error;
  }
}
