/** Where the first user is led in: an address with a token, in a file of the owner's. What a pod prints is collected, and read by many. */
import { rmSync } from 'node:fs';
import { ConsoleError } from '../errors.ts';
import { writeOwnFile } from './own-file.ts';

export class Welcome {
  readonly #path: string | null;

  /** @param path null: there is no file */
  constructor(path: string | null) {
    this.#path = path;
  }

  /** @throws ConsoleError CONSOLE_WELCOME */
  write(address: string): void {
    this.#act((path) => writeOwnFile(path, `${address}\n`));
  }

  /** Of this token, or of one that a process before had, which opens nothing. @throws ConsoleError CONSOLE_WELCOME */
  remove(): void {
    this.#act((path) => rmSync(path, { force: true }));
  }

  #act(act: (path: string) => void): void {
    if (this.#path === null) return;
    try {
      act(this.#path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ConsoleError('CONSOLE_WELCOME', { path: this.#path, reason }, cause);
    }
  }
}
