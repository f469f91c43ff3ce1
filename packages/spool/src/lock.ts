/**
 * One writer a spool, and one process a reader's name. The lock is the kernel's own on an open file, so that it ends with the
 * process that has it, however that ends, and holds between containers that share a volume, where process ids say
 * nothing. Node gives no access to such locks but through SQLite, which takes them with an exclusive transaction.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf, SpoolError } from './errors.ts';

const SQLITE_BUSY = 5;

export class FileLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * @param path of the lock; beside it stands who has it, for people
   * @param who `writer`, or what else there may be one of
   * @throws SpoolError SPOOL_IN_USE, SPOOL_DIRECTORY
   */
  static take(path: string, who: string, directory: string): FileLock {
    const database = open(path, directory);
    try {
      database.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      if (isBusy(cause)) {
        throw new SpoolError('SPOOL_IN_USE', { path: directory, who, holder: holderOf(path) });
      }
      throw new SpoolError('SPOOL_DIRECTORY', { path: directory, reason: reasonOf(cause) }, cause);
    }
    tellHolder(path);
    return new FileLock(database);
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function open(path: string, directory: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw new SpoolError('SPOOL_DIRECTORY', { path: directory, reason: reasonOf(cause) }, cause);
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

const holderPath = (path: string): string => `${path}-holder`;

function holderOf(path: string): string {
  try {
    return readFileSync(holderPath(path), 'utf8').trim();
  } catch {
    // Only a help for people: the lock itself has said what matters.
    return 'process unknown';
  }
}

/** A full disk must not keep anybody from a lock that is held without it. */
function tellHolder(path: string): void {
  try {
    writeFileSync(holderPath(path), `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  } catch {
    // As above.
  }
}
