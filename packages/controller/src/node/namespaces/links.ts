/** A folder of links, named by pods' UIDs, to their network namespaces: for runtimes that speak no CRI, and for tests. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NamespaceResolver } from './resolver.ts';

const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export class LinkedNamespaces implements NamespaceResolver {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  resolve(uids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const known = uids.filter((uid) => UID.test(uid)).map((uid) => [uid, join(this.#folder, uid)] as const);
    return Promise.resolve(new Map(known.filter(([, path]) => existsSync(path))));
  }

  close(): void {
    // Nothing is held.
  }
}
