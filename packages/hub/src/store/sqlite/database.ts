/** The file: opened, made or refused, and what SQLite says told in codes. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { DATA_SETS } from '@sluice/spool';
import { HubError } from '../../errors.ts';
import { APPLICATION_ID, CREATE_TAKEN_OUT, createStatements, LAYOUT_VERSION, layoutOf } from './layout.ts';
import { BUSY_MILLIS, CACHE_KIB, CHECKPOINT_PAGES, PAGE_BYTES, STATEMENTS_MAX } from './limits.ts';
import type { WorkerSettings } from './protocol.ts';
import { isOnItsWay, type OnUpgrade, upgrade } from './upgrade.ts';

/** Primary result codes of SQLite that say something about the file itself: SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED: readonly number[] = [11, 26];

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The low byte of what node:sqlite has as `errcode`; extended codes have more above it. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

/** SQLite's error as the store's: damaged where the file is no use, unavailable where it may be later. */
export function storeError(error: unknown, path: string): HubError {
  if (error instanceof HubError) return error;
  const code = resultCode(error);
  if (code !== undefined && DAMAGED.includes(code)) {
    return new HubError('STORE_FILE', { path, reason: textOf(error) }, error);
  }
  return new HubError('STORE_UNAVAILABLE', { store: path, reason: textOf(error) }, error);
}

export class Database {
  readonly path: string;
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param onUpgrade told how far a store of an older layout is @throws HubError STORE_FILE, STORE_UNAVAILABLE */
  constructor({ path, readOnly, role, synchronous }: WorkerSettings, onUpgrade: OnUpgrade = () => undefined) {
    this.path = path;
    const isReader = readOnly || role === 'reader';
    try {
      this.raw = new DatabaseSync(path, { readOnly: isReader, timeout: BUSY_MILLIS });
    } catch (error) {
      throw storeError(error, path);
    }
    try {
      this.raw.exec(
        `PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF`,
      );
      if (isReader) this.#expect();
      else this.#prepare(synchronous, onUpgrade);
    } catch (error) {
      this.raw.close();
      throw storeError(error, path);
    }
  }

  #pragma(name: string): number {
    const row = this.raw.prepare(`PRAGMA ${name}`).get() ?? {};
    return Number(Object.values(row)[0]);
  }

  #prepare(synchronous: WorkerSettings['synchronous'], onUpgrade: OnUpgrade): void {
    this.raw.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`);
    this.raw.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    );
    // Two processes may make the same store at once: the second sees what the first has made.
    this.raw.exec('BEGIN IMMEDIATE');
    try {
      if (this.#pragma('schema_version') === 0) {
        for (const statement of DATA_SETS.map(layoutOf).flatMap(createStatements)) this.raw.exec(statement);
        this.raw.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`);
      }
      this.raw.exec('COMMIT');
    } catch (error) {
      if (this.raw.isTransaction) this.raw.exec('ROLLBACK');
      throw error;
    }
    if (this.#pragma('application_id') === APPLICATION_ID) upgrade(this.raw, this.path, onUpgrade);
    this.#expect();
    this.raw.exec(CREATE_TAKEN_OUT);
  }

  #expect(): void {
    const { path } = this;
    if (this.#pragma('application_id') !== APPLICATION_ID) {
      throw new HubError('STORE_FILE', { path, reason: 'it is no store of Sluice' });
    }
    const version = this.#pragma('user_version');
    if (version === LAYOUT_VERSION) return;
    const reason = isOnItsWay(version)
      ? 'it is on its way to another layout; the hub goes on with that where it writes'
      : `it has layout ${version}, this Sluice has ${LAYOUT_VERSION}`;
    throw new HubError('STORE_FILE', { path, reason });
  }

  /** Prepared once for each text; texts are few, as values are bound. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
    const statement = this.raw.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Bytes of the pages that hold something: pages that deletions left are used again. */
  usedBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  /** All or nothing. */
  transaction<Result>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', run: () => Result): Result {
    this.raw.exec(begin);
    try {
      const result = run();
      this.raw.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.raw.isTransaction) this.raw.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.raw.close();
  }
}
