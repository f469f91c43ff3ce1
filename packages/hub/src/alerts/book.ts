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
  /** Of what came late, all up to then has been looked at. */
  readonly arrivalsUntil: number;
  readonly instances: readonly Instance[];
  readonly notices: readonly Addressed[];
  readonly status: AlertStatus;
}

/** What is to be told, and whom: names of targets. */
export interface Addressed {
  readonly notice: AlertNotice;
  readonly targets: readonly string[];
}

/** A notice on its way to one target. */
export interface Waiting {
  readonly sequence: number;
  readonly target: string;
  /** That were made. */
  readonly attempts: number;
  readonly notice: AlertNotice;
}

/** The last attempt at a delivery. Times in milliseconds since the epoch. */
export interface Delivery {
  readonly state: 'waiting' | 'told' | 'given_up';
  readonly attempts: number;
  readonly at: number;
  /** Of the next attempt, where it waits. */
  readonly nextAt: number;
  readonly status: number | null;
  readonly reason: string;
}

export interface LoggedDelivery extends Delivery {
  readonly notice: string;
  readonly alert: string;
  /** What is told. */
  readonly told: AlertNotice['state'];
  readonly target: string;
}

/** How far an alert was evaluated. Times in milliseconds since the epoch. */
export interface Progress {
  readonly evaluatedAt: number;
  readonly firstAt: number;
  readonly arrivalsUntil: number;
}

/** Of a whole alert. */
export interface Silence {
  readonly until: number;
  readonly by: string;
}

const LAYOUT = `
CREATE TABLE IF NOT EXISTS alert (
  name TEXT PRIMARY KEY, first_at INTEGER NOT NULL, evaluated_at INTEGER NOT NULL, arrivals_until INTEGER NOT NULL, status TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS silence (alert TEXT PRIMARY KEY, until INTEGER NOT NULL, by TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS arrival (until INTEGER PRIMARY KEY, oldest INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS instance (alert TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (alert, key)) STRICT;
CREATE TABLE IF NOT EXISTS notice (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, subject TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
  sequence INTEGER, target TEXT, subject TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
  at INTEGER NOT NULL, next_at INTEGER NOT NULL, status INTEGER, reason TEXT NOT NULL, PRIMARY KEY (sequence, target)) STRICT;
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (target, subject, sequence) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS lease (one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
`;

/** Of a delivery `d`: it waits, and none before it of the same subject and target does. */
const IS_NEXT = `d.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM delivery e
  WHERE e.state = 'waiting' AND e.target = d.target AND e.subject = d.subject AND e.sequence < d.sequence)`;

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

  /** Null where it never was evaluated. */
  progress(alert: string): Progress | null {
    const row = this.#get('SELECT * FROM alert WHERE name = ?', alert);
    if (row === undefined) return null;
    const { evaluated_at, first_at, arrivals_until } = row;
    return {
      evaluatedAt: Number(evaluated_at),
      firstAt: Number(first_at),
      arrivalsUntil: Number(arrivals_until),
    };
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
  write(evaluated: Evaluated, holder: string, now: number): boolean {
    const { alert, at, arrivalsUntil, instances, notices, status } = evaluated;
    return this.#transaction(() => {
      if (!this.holds(holder, now)) return false;
      this.#run(
        `INSERT INTO alert VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
          evaluated_at = excluded.evaluated_at, arrivals_until = excluded.arrivals_until, status = excluded.status`,
        ...[alert, at, at, arrivalsUntil, JSON.stringify(status)],
      );
      for (const instance of instances) this.#putInstance(instance);
      for (const each of notices) this.#putNotice(each, at);
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

  /** Of the whole alert; null where there is none, or no more. */
  silence(alert: string, now: number): Silence | null {
    const row = this.#get('SELECT until, by FROM silence WHERE alert = ? AND until > ?', alert, now);
    return row === undefined ? null : { until: Number(row.until), by: String(row.by) };
  }

  setSilence(alert: string, { until, by }: Silence): void {
    this.#run('INSERT OR REPLACE INTO silence VALUES (?, ?, ?)', alert, until, by);
  }

  /** Documents came, the oldest of which is so old. @param until the end of the interval in which they came */
  arrived(until: number, oldest: number): void {
    this.#run(
      'INSERT INTO arrival VALUES (?, ?) ON CONFLICT (until) DO UPDATE SET oldest = min(oldest, excluded.oldest)',
      ...[until, oldest],
    );
  }

  /** The oldest of what came in intervals that ended in this time, without its beginning; null where nothing came late. */
  oldestArrival(after: number, until: number): number | null {
    const row = this.#get(
      'SELECT min(oldest) AS oldest FROM arrival WHERE until > ? AND until <= ?',
      after,
      until,
    );
    return row?.oldest === null || row?.oldest === undefined ? null : Number(row.oldest);
  }

  /** The newest first. */
  notices(most: number): readonly AlertNotice[] {
    const rows = this.#database.prepare('SELECT body FROM notice ORDER BY sequence DESC LIMIT ?').all(most);
    return rows.map(({ body }) => JSON.parse(String(body)));
  }

  /** Deliveries whose time has come, of each subject and target the oldest: what is resolved is told behind what fired. */
  due(now: number, most: number): readonly Waiting[] {
    const rows = this.#database
      .prepare(
        `SELECT d.sequence, d.target, d.attempts, n.body FROM delivery d JOIN notice n USING (sequence)
         WHERE d.next_at <= ? AND ${IS_NEXT} ORDER BY d.sequence LIMIT ?`,
      )
      .all(now, most);
    return rows.map(({ sequence, target, attempts, body }) => ({
      ...{ sequence: Number(sequence), target: String(target), attempts: Number(attempts) },
      notice: JSON.parse(String(body)),
    }));
  }

  /** When a delivery is due next; null where none waits. */
  nextDue(): number | null {
    const row = this.#get(`SELECT min(next_at) AS at FROM delivery d WHERE ${IS_NEXT}`);
    return row?.at === null || row?.at === undefined ? null : Number(row.at);
  }

  settle({ sequence, target }: Waiting, delivery: Delivery): void {
    const { state, attempts, at, nextAt, status, reason } = delivery;
    this.#run(
      'UPDATE delivery SET state = ?, attempts = ?, at = ?, next_at = ?, status = ?, reason = ? WHERE sequence = ? AND target = ?',
      ...[state, attempts, at, nextAt, status, reason, sequence, target],
    );
  }

  /** The log, the newest first. @param alert only of this one */
  deliveries(most: number, alert?: string): readonly LoggedDelivery[] {
    const where = alert === undefined ? '' : "WHERE n.body ->> '$.alert' = ?";
    const rows = this.#database
      .prepare(
        `SELECT d.*, n.body FROM delivery d JOIN notice n USING (sequence) ${where} ORDER BY d.sequence DESC, target LIMIT ?`,
      )
      .all(...(alert === undefined ? [] : [alert]), most);
    return rows.map(({ body, ...row }) => {
      const { id, alert, state }: AlertNotice = JSON.parse(String(body));
      return {
        ...{
          notice: id,
          alert,
          told: state,
          target: String(row.target),
          state: row.state as Delivery['state'],
        },
        ...{ attempts: Number(row.attempts), at: Number(row.at), nextAt: Number(row.next_at) },
        ...{ status: row.status === null ? null : Number(row.status), reason: String(row.reason) },
      };
    });
  }

  /** Keys that fire, by alert. */
  firing(): ReadonlyMap<string, number> {
    const rows = this.#database
      .prepare("SELECT alert, count(*) AS n FROM instance WHERE body ->> '$.state' = 'firing' GROUP BY alert")
      .all();
    return new Map(rows.map(({ alert, n }) => [String(alert), Number(n)]));
  }

  /** Deliveries that are on their way. */
  waiting(): number {
    return Number(this.#get("SELECT count(*) AS n FROM delivery WHERE state = 'waiting'")?.n ?? 0);
  }

  /** Forgets notices that everybody was told of, but for the newest. */
  prune(kept: number, arrivalsFrom: number): void {
    this.#transaction(() => {
      this.#run('DELETE FROM arrival WHERE until < ?', arrivalsFrom);
      const below = '(SELECT max(sequence) FROM notice) - ?';
      this.#run(`DELETE FROM delivery WHERE state <> 'waiting' AND sequence <= ${below}`, kept);
      this.#run(
        `DELETE FROM notice WHERE sequence <= ${below} AND sequence NOT IN (SELECT sequence FROM delivery)`,
        kept,
      );
    });
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

  holds(holder: string, now: number): boolean {
    const row = this.#get('SELECT holder, until FROM lease WHERE one = 1');
    return row !== undefined && row.holder === holder && Number(row.until) > now;
  }

  #putInstance(instance: Instance): void {
    const { alert, key } = instance;
    this.#run('INSERT OR REPLACE INTO instance VALUES (?, ?, ?)', alert, key, JSON.stringify(instance));
  }

  #putNotice({ notice, targets }: Addressed, at: number): void {
    const subject = JSON.stringify([notice.alert, notice.key]);
    const put = this.#database
      .prepare('INSERT OR IGNORE INTO notice (id, subject, body) VALUES (?, ?, ?)')
      .run(notice.id, subject, JSON.stringify(notice));
    if (put.changes === 0) return;
    for (const target of targets) {
      const values = [put.lastInsertRowid, target, subject, 'waiting', 0, at, 0, null, ''];
      this.#run('INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', ...values);
    }
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
