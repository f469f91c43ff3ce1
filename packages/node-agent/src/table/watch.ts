/** Notices that a file was replaced, also where links are swapped around it as volumes of Kubernetes do. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { TABLE_POLL_MILLIS } from '../limits.ts';

export class TableWatch {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  #seen: string;

  /** @param changed called after each replacement; it may be called where nothing changed in what the file says */
  constructor(path: string, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
    this.#seen = this.#stamp();
    this.#timer = setInterval(() => this.#poll(), TABLE_POLL_MILLIS);
    this.#watcher = this.#watch();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  /** Null where the folder cannot be watched: then the polls alone serve. */
  #watch(): FSWatcher | null {
    try {
      const watcher = watch(dirname(this.#path), () => this.#look());
      watcher.on('error', () => {
        watcher.close();
        this.#watcher = null;
      });
      return watcher;
    } catch {
      // No folder yet, or the system has no watches left.
      return null;
    }
  }

  /** An agent may be there before the folder is. */
  #poll(): void {
    this.#watcher ??= this.#watch();
    this.#look();
  }

  #look(): void {
    const stamp = this.#stamp();
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    this.#changed();
  }

  /** Identity and time of what the path leads to; empty where there is nothing. */
  #stamp(): string {
    const stat = statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? '' : `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
  }
}
