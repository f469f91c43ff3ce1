/** Certificates and keys from files that are replaced while the process runs: looked at before each use. */
import { readFileSync, statSync } from 'node:fs';
import { ShipperError } from '../errors.ts';
import { reasonOf } from './reason.ts';

export interface TlsPaths {
  /** Certificates of those who may sign the receiver's; without it those that Node brings. */
  readonly ca?: string | undefined;
  /** This side's certificate, with those between it and the receiver's authority. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Name that the receiver's certificate must have, where it is not the one in the address. */
  readonly serverName?: string | undefined;
}

export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type Part = 'ca' | 'cert' | 'key';

const PARTS: readonly Part[] = ['ca', 'cert', 'key'];

export class TlsFiles {
  readonly #paths: TlsPaths;
  #stamp = '';
  #material: TlsMaterial = {};

  /** @throws ShipperError SINK_FILE */
  constructor(paths: TlsPaths) {
    this.#paths = paths;
    this.refresh();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /**
   * Reads again what has changed. True where it had.
   * @throws ShipperError SINK_FILE; what was read before stays
   */
  refresh(): boolean {
    const stamp = PARTS.map((part) => this.#stampOf(part)).join(' ');
    if (stamp === this.#stamp) return false;
    const entries = PARTS.flatMap((part) => {
      const path = this.#paths[part];
      return path === undefined ? [] : [[part, this.#try(path, () => readFileSync(path))] as const];
    });
    this.#material = Object.fromEntries(entries);
    this.#stamp = stamp;
    return true;
  }

  #stampOf(part: Part): string {
    const path = this.#paths[part];
    if (path === undefined) return '-';
    const { ino, mtimeMs, size } = this.#try(path, () => statSync(path));
    return `${ino}.${mtimeMs}.${size}`;
  }

  #try<T>(path: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw new ShipperError('SINK_FILE', { path, reason: reasonOf(cause) }, cause);
    }
  }
}
