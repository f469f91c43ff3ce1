/** Appends and takes out, in the writer's thread. */
import { DATA_SETS, type DataSet } from '@sluice/spool';
import type { AppendOutcome } from '../event-store.ts';
import type { Database } from './database.ts';
import { layoutOf, TAKEN_OUT } from './layout.ts';
import { SWEEP_DOCUMENTS, SWEEP_PAGES } from './limits.ts';
import type { SweepBounds } from './protocol.ts';
import { type EncodedRecord, type Row, rowOf } from './rows.ts';

function insertStatement(dataSet: DataSet): string {
  const names = ['seq', 'id', 'time', ...layoutOf(dataSet).columns.map(({ name }) => name)];
  const places = names.map(() => '?').join(', ');
  return `INSERT INTO ${dataSet}(${names.join(', ')}) VALUES(${places}) ON CONFLICT(id) DO NOTHING`;
}

/** The highest number that there was, where documents were taken out. */
const KEEP_NUMBER = `INSERT INTO ${TAKEN_OUT}(data_set, seq) VALUES(?, ?) ON CONFLICT(data_set) DO UPDATE SET seq = excluded.seq`;

const INSERTS: Readonly<Record<DataSet, string>> = {
  waf: insertStatement('waf'),
  l7: insertStatement('l7'),
  alert: insertStatement('alert'),
};

/**
 * Documents have numbers in the order in which they are stored, and no number twice: who follows goes by them. SQLite would give the number of the
 * last document again when retention takes that one out.
 */
class Numbers {
  readonly #database: Database;
  readonly #next = new Map<DataSet, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Of the next document; within a transaction that writes. */
  next(dataSet: DataSet): number {
    const known = this.#next.get(dataSet);
    if (known !== undefined) return known;
    const { seq } = this.#database
      .prepare(
        `SELECT max(seq) AS seq FROM (SELECT max(seq) AS seq FROM ${dataSet} UNION ALL SELECT seq FROM ${TAKEN_OUT} WHERE data_set = ?)`,
      )
      .get(dataSet) ?? { seq: null };
    return Number(seq ?? 0) + 1;
  }

  took(dataSet: DataSet, seq: number): void {
    this.#next.set(dataSet, seq + 1);
  }

  /** Another process may write before the next transaction. */
  forget(): void {
    this.#next.clear();
  }
}

export class Writer {
  readonly #database: Database;
  readonly #numbers: Numbers;

  constructor(database: Database) {
    this.#database = database;
    this.#numbers = new Numbers(database);
  }

  /** One transaction: what it throws, nothing of the batch is stored. */
  append(records: readonly EncodedRecord[]): readonly AppendOutcome[] {
    // Taken apart before the transaction begins: other processes wait no longer than they must.
    const rows = records.map(rowOf);
    this.#numbers.forget();
    return this.#database.transaction('BEGIN IMMEDIATE', () =>
      rows.map(
        (row): AppendOutcome => ('fault' in row ? { kind: 'refused', reason: row.fault } : this.#insert(row)),
      ),
    );
  }

  #insert({ dataSet, id, time, columns, terms, body }: Row): AppendOutcome {
    const seq = this.#numbers.next(dataSet);
    const { changes } = this.#database.prepare(INSERTS[dataSet]).run(seq, id, time, ...columns);
    if (changes === 0) return { kind: 'duplicate' };
    this.#numbers.took(dataSet, seq);
    this.#database.prepare(`INSERT INTO ${dataSet}_body(seq, body) VALUES(?, ?)`).run(seq, body);
    this.#database.prepare(`INSERT INTO ${dataSet}_terms(rowid, t) VALUES(?, ?)`).run(seq, terms);
    return { kind: 'stored' };
  }

  /** One small step, so that batches do not wait for it. */
  sweep({ before, bytesMax }: SweepBounds): { readonly deleted: number; readonly more: boolean } {
    let deleted = 0;
    if (before !== null) {
      for (const dataSet of DATA_SETS) deleted += this.#deleteOldest(dataSet, before);
    }
    if (deleted === 0 && bytesMax !== null && this.#database.usedBytes() > bytesMax) {
      const oldest = this.#oldest();
      if (oldest !== undefined) deleted += this.#deleteOldest(oldest, Number.MAX_SAFE_INTEGER);
    }
    this.#database.raw.exec(`PRAGMA incremental_vacuum(${SWEEP_PAGES})`);
    return { deleted, more: deleted > 0 };
  }

  /** The data set that has the oldest document. */
  #oldest(): DataSet | undefined {
    const times = DATA_SETS.flatMap((dataSet) => {
      const row = this.#database.prepare(`SELECT time FROM ${dataSet} ORDER BY time LIMIT 1`).get();
      return row === undefined ? [] : [{ dataSet, time: Number(row.time) }];
    });
    return times.toSorted((a, b) => a.time - b.time)[0]?.dataSet;
  }

  #deleteOldest(dataSet: DataSet, before: number): number {
    this.#numbers.forget();
    return this.#database.transaction('BEGIN IMMEDIATE', () => {
      const rows = this.#database
        .prepare(`SELECT seq FROM ${dataSet} WHERE time < ? ORDER BY time LIMIT ${SWEEP_DOCUMENTS}`)
        .all(before);
      if (rows.length > 0) this.#database.prepare(KEEP_NUMBER).run(dataSet, this.#numbers.next(dataSet) - 1);
      for (const table of [
        `${dataSet}_terms WHERE rowid`,
        `${dataSet}_body WHERE seq`,
        `${dataSet} WHERE seq`,
      ]) {
        const statement = this.#database.prepare(`DELETE FROM ${table} = ?`);
        for (const { seq } of rows) statement.run(Number(seq));
      }
      return rows.length;
    });
  }
}
