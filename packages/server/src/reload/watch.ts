/**
 * Notices that files changed. By asking again and again, which holds on every file system and for files that are replaced by
 * a symbolic link, as Kubernetes does; the kernel's notices only make it ask sooner.
 */
import { type FSWatcher, type Stats, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describeFault, type Log } from '../log.ts';
import { RELOAD_LIMITS } from './limits.ts';

export interface WatchOptions {
  /** Files and folders, asked for at each look: a reload may read others. A folder counts with the files in it. */
  readonly paths: () => readonly string[];
  /** Called once for each change, when the files have been as they are for a while; the next look waits for it. */
  readonly onChange: () => Promise<unknown>;
  readonly log: Log;
  readonly pollMillis?: number;
  readonly quietMillis?: number;
}

export class FileWatch {
  readonly #options: WatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #wake = Promise.withResolvers<void>();
  #ended: Promise<void> | null = null;
  #seen = '';

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Resolves when the files as they are now are known. */
  async start(): Promise<void> {
    this.#seen = await this.#look();
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#stopped.resolve();
    this.#wake.resolve();
    await this.#ended;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    const { pollMillis = RELOAD_LIMITS.pollMillis, quietMillis = RELOAD_LIMITS.quietMillis } = this.#options;
    while (!this.#isStopped) {
      await Promise.race([this.#wake.promise, this.#pause(pollMillis)]);
      this.#wake = Promise.withResolvers();
      let now = await this.#look();
      if (this.#isStopped || now === this.#seen) continue;
      // Until two looks in a row see the same: whoever writes may not be done.
      for (let before = ''; before !== now && !this.#isStopped; ) {
        before = now;
        await this.#pause(quietMillis);
        now = await this.#look();
      }
      if (this.#isStopped) return;
      this.#seen = now;
      await Promise.race([this.#options.onChange(), this.#stopped.promise]);
    }
  }

  async #pause(millis: number): Promise<void> {
    try {
      await pause(millis, undefined, { signal: this.#stop.signal, ref: false });
    } catch (error) {
      if (!this.#isStopped) throw error;
    }
  }

  /** A text that differs when a file differs. What is not there counts, too. */
  async #look(): Promise<string> {
    const paths = [...new Set(this.#options.paths())].slice(0, RELOAD_LIMITS.filesMax);
    this.#listen(new Set(paths.map((path) => dirname(path))));
    return (await Promise.all(paths.map(describe))).join('\n');
  }

  #listen(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#wake.resolve());
        watcher.on('error', (error) => {
          this.#options.log.debug({ folder, ...describeFault(error) }, 'a folder is not watched any more');
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch (error) {
        // Too many watches, or no such folder: asking again and again finds the change all the same.
        this.#options.log.debug({ folder, ...describeFault(error) }, 'a folder is not watched');
      }
    }
  }
}

async function describe(path: string): Promise<string> {
  const status = await statusOf(path);
  if (typeof status === 'string') return `${path} ${status}`;
  const names = status.isDirectory() ? await describeEntries(path) : '';
  return `${path} ${textOf(status)} ${names}`;
}

/** Or the code of why there is none, which differs when it comes to be. */
async function statusOf(path: string): Promise<Stats | string> {
  try {
    return await stat(path);
  } catch (error) {
    return codeOf(error);
  }
}

async function describeEntries(folder: string): Promise<string> {
  try {
    const names = (await readdir(folder)).sort().slice(0, RELOAD_LIMITS.filesMax);
    const entries = names.map(async (name) => {
      const status = await statusOf(join(folder, name));
      return `${name} ${typeof status === 'string' ? status : textOf(status)}`;
    });
    return (await Promise.all(entries)).join('/');
  } catch (error) {
    return codeOf(error);
  }
}

const textOf = ({ ino, mode, size, mtimeMs, ctimeMs }: Stats): string =>
  `${ino} ${mode} ${size} ${mtimeMs} ${ctimeMs}`;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
