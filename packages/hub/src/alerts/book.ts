/**
 * What alerts remember, in SQLite: who fires, who is to be told, and how far each alert was evaluated. One evaluation is one
 * transaction: it is in the book whole, or is made again.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { HubError } from '../errors.ts';
import type { Instance } from './instance.ts';
import type { AlertNotice } from './notice.ts';

/** GlobalAlert's status. */
export interface AlertStatus {
  readonly lastUpdate: string;
  readonly active: boolean;
  readonly healthy: boolean;
  readonly lastExecuted: string | null;
  readonly lastEvent: string | null;
  readonly errorConditions: readonly { readonly type: string; readonly message: string }[];
}

export interface Evaluated {
  readonly alert: string;
  readonly at: number;
  readonly instances: readonly Instance[];
  readonly notices: readonly AlertNotice[];
  readonly status: AlertStatus;
}

/** A notice that has not reached everybody. */
export interface Waiting {
  readonly sequence: number;
  readonly notice: AlertNotice;
}

const LAYOUT = `
CREATE TABLE IF NOT EXISTS alert (name TEXT PRIMARY KEY, evaluated_at INTEGER, status TEXT) STRICT;
CREATE TABLE IF NOT EXISTS instance (alert TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (alert, key)) STRICT;
CREATE TABLE IF NOT EXISTS notice (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS notice_waiting ON notice (sequence) WHERE done = 0;
CREATE TABLE IF NOT EXISTS lease (one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
`;

const BUSY_MILLIS = 5_000;

export class AlertBook {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws HubError STORE_FILE */
  static open(path: string): AlertBook {
    try {
      const database = new DatabaseSync(path, { timeout: BUSY_MILLIS });
      // What was told must be known after a loss of power, too.
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${LAYOUT}`);
      return new AlertBook(database);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HubError('STORE_FILE', { path, reason }, cause);
    }
  }

  /** Milliseconds since the epoch; null where it never was. */
  evaluatedAt(alert: string): number | null {
    const row = this.#get('SELECT evaluated_at AS at FROM alert WHERE name = ?', alert);
    return row === undefined ? null : Number(row.at);
  }

  status(alert: string): AlertStatus | null {
    const row = this.#get('SELECT status FROM alert WHERE name = ?', alert);
    return row === undefined ? null : JSON.parse(String(row.status));
  }

  instances(alert?: string): readonly Instance[] {
    const rows =
      alert === undefined
        ? this.#database.prepare('SELECT body FROM instance ORDER BY alert, key').all()
        : this.#database.prepare('SELECT body FROM instance WHERE alert = ? ORDER BY key').all(alert);
    return rows.map(({ body }) => JSON.parse(String(body)));
  }

  instance(alert: string, key: string): Instance | null {
    const row = this.#get('SELECT body FROM instance WHERE alert = ? AND key = ?', alert, key);
    return row === undefined ? null : JSON.parse(String(row.body));
  }

  /** All of it, or nothing; nothing where another has the lease by now. */
  write({ alert, at, instances, notices, status }: Evaluated, holder: string, now: number): boolean {
    return this.#transaction(() => {
      if (!this.#holds(holder, now)) return false;
      this.#run(
        'INSERT INTO alert VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET evaluated_at = excluded.evaluated_at, status = excluded.status',
        ...[alert, at, JSON.stringify(status)],
      );
      for (const instance of instances) this.#putInstance(instance);
      for (const notice of notices) {
        this.#run('INSERT OR IGNORE INTO notice (id, body) VALUES (?, ?)', notice.id, JSON.stringify(notice));
      }
      return true;
    });
  }

  /** What a person does to one: it is acknowledged, or silenced. Null where there is none. */
  change(alert: string, key: string, by: (instance: Instance) => Instance): Instance | null {
    return this.#transaction(() => {
      const before = this.instance(alert, key);
      if (before === null) return null;
      const after = by(before);
      this.#putInstance(after);
      return after;
    });
  }

  waiting(most: number): readonly Waiting[] {
    const rows = this.#database
      .prepare('SELECT sequence, body FROM notice WHERE done = 0 ORDER BY sequence LIMIT ?')
      .all(most);
    return rows.map(({ sequence, body }) => ({
      sequence: Number(sequence),
      notice: JSON.parse(String(body)),
    }));
  }

  done(sequence: number): void {
    this.#run('UPDATE notice SET done = 1 WHERE sequence = ?', sequence);
  }

  /** Takes the lease, or keeps it. */
  lease(holder: string, now: number, until: number): boolean {
    return this.#transaction(() => {
      const row = this.#get('SELECT holder, until FROM lease WHERE one = 1');
      if (row !== undefined && row.holder !== holder && Number(row.until) > now) return false;
      this.#run('INSERT OR REPLACE INTO lease VALUES (1, ?, ?)', holder, until);
      return true;
    });
  }

  release(holder: string): void {
    this.#run('DELETE FROM lease WHERE holder = ?', holder);
  }

  close(): void {
    this.#database.close();
  }

  #holds(holder: string, now: number): boolean {
    const row = this.#get('SELECT holder, until FROM lease WHERE one = 1');
    return row !== undefined && row.holder === holder && Number(row.until) > now;
  }

  #putInstance(instance: Instance): void {
    const { alert, key } = instance;
    this.#run('INSERT OR REPLACE INTO instance VALUES (?, ?, ?)', alert, key, JSON.stringify(instance));
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #transaction<Result>(act: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
