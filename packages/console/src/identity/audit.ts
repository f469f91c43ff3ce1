/** What was changed, when, by whom: a line of JSON each, appended to a file, and the same in the log. */
import { appendFileSync, closeSync, openSync, readSync, statSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly user: string;
  readonly address: string;
  /** `session.begin`, `user.put`, … */
  readonly action: string;
  /** What it was done to. */
  readonly target: string;
  readonly outcome: 'done' | 'refused';
}

/** Bytes from the end of the file that are read for its newest entries. */
const TAIL_BYTES = 262_144;

export class Audit {
  readonly #path: string;
  readonly #log: FastifyBaseLogger;
  readonly #now: () => number;

  constructor(path: string, log: FastifyBaseLogger, now: () => number = () => Date.now()) {
    this.#path = path;
    this.#log = log;
    this.#now = now;
  }

  /** A change whose entry cannot be written is not made: call this first. @throws what the file system says */
  record(entry: Omit<AuditEntry, 'at'>): void {
    const whole: AuditEntry = { at: new Date(this.#now()).toISOString(), ...entry };
    appendFileSync(this.#path, `${JSON.stringify(whole)}\n`, { mode: 0o600, flush: true });
    this.#log.info({ audit: whole }, 'audit');
  }

  /** The entry stands before the change is made; that it was refused then has one of its own. @throws what `change` throws */
  async around<T>(entry: Omit<AuditEntry, 'at' | 'outcome'>, change: () => Promise<T>): Promise<T> {
    this.record({ ...entry, outcome: 'done' });
    try {
      return await change();
    } catch (error) {
      this.record({ ...entry, outcome: 'refused' });
      throw error;
    }
  }

  /** Newest first. */
  newest(count: number): readonly AuditEntry[] {
    const lines = tailOf(this.#path).split('\n').slice(0, -1);
    return lines.slice(-count).reverse().flatMap(entryOf);
  }
}

function tailOf(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const file = openSync(path, 'r');
  try {
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('utf8', 0, read);
    // The first line of a part may be the end of one.
    return size > bytes.length ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(file);
  }
}

function entryOf(line: string): readonly AuditEntry[] {
  try {
    return [JSON.parse(line) as AuditEntry];
  } catch {
    // A line that was torn by a crash tells nothing; the others do.
    return [];
  }
}
