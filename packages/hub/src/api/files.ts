/** Files that a running hub reads again when they change: certificates, keys, the token. */
import { readFileSync, statSync } from 'node:fs';
import { HubError } from '../errors.ts';

const attempt = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HubError('HUB_FILE', { path, reason }, cause);
  }
};

export class WatchedFiles<Name extends string> {
  readonly #paths: Readonly<Record<Name, string>>;
  #stamp = '';
  #contents: Readonly<Record<Name, Buffer>>;

  /** @throws HubError HUB_FILE */
  constructor(paths: Readonly<Record<Name, string>>) {
    this.#paths = paths;
    this.#stamp = this.#stampNow();
    this.#contents = this.#read();
  }

  get contents(): Readonly<Record<Name, Buffer>> {
    return this.#contents;
  }

  /**
   * True where something had changed.
   * @throws HubError HUB_FILE; what was read before stays
   */
  refresh(): boolean {
    const stamp = this.#stampNow();
    if (stamp === this.#stamp) return false;
    this.#contents = this.#read();
    this.#stamp = stamp;
    return true;
  }

  #entries(): readonly (readonly [Name, string])[] {
    // The keys of a record of names are names.
    return Object.entries(this.#paths) as [Name, string][];
  }

  #stampNow(): string {
    const stamps = this.#entries().map(([, path]) => {
      const { ino, mtimeMs, size } = attempt(path, () => statSync(path));
      return `${ino}.${mtimeMs}.${size}`;
    });
    return stamps.join(' ');
  }

  #read(): Readonly<Record<Name, Buffer>> {
    const read = this.#entries().map(([name, path]) => [name, attempt(path, () => readFileSync(path))]);
    return Object.fromEntries(read) as Record<Name, Buffer>;
  }
}
