/** What SQL asks of JavaScript: queries over whole documents, and their values. The semantics are the reference's own. */
import type { Document, FieldType, Json } from '@sluice/spool';
import { HubError } from '../../errors.ts';
import type { QueryField, QueryValue } from '../../query/tree.ts';
import { compareValues, valuesAt } from '../../query/values.ts';
import type { Sort } from '../event-store.ts';
import type { Database } from './database.ts';
import { listText, listValues, sqlValue } from './layout.ts';
import { READ_MILLIS_MAX } from './limits.ts';
import type { Tally } from './tally.ts';

/** Documents between two looks at the clock where SQL searches their text. */
const TICKS_BETWEEN = 64;

/** Of one statement: what its calls of functions refer to, by number. */
export class Functions {
  readonly #tests: ((value: QueryValue) => boolean)[] = [];
  readonly #fields: QueryField[] = [];
  readonly #fieldNumbers = new Map<string, number>();
  /** Where `sluice_tally` puts rows. */
  tally: Tally | null = null;

  test(test: (value: QueryValue) => boolean): number {
    return this.#tests.push(test) - 1;
  }

  field(field: QueryField): number {
    const known = this.#fieldNumbers.get(field.path);
    if (known !== undefined) return known;
    const number = this.#fields.push(field) - 1;
    this.#fieldNumbers.set(field.path, number);
    return number;
  }

  testAt(number: unknown): (value: QueryValue) => boolean {
    return this.#tests[Number(number)] ?? (() => false);
  }

  fieldAt(number: unknown): QueryField {
    return this.#fields[Number(number)] ?? { path: '', type: 'keyword' };
  }
}

const METRICS: Readonly<Record<string, (numbers: readonly number[]) => number>> = {
  count: (numbers) => numbers.length,
  sum: (numbers) => numbers.reduce((sum, each) => sum + each, 0),
  min: (numbers) => numbers.reduce((a, b) => Math.min(a, b)),
  max: (numbers) => numbers.reduce((a, b) => Math.max(a, b)),
};

/** Registers them on a connection; the functions of the statement that runs are set before it. */
export class FunctionHost {
  #current = new Functions();
  #deadline = Number.POSITIVE_INFINITY;
  readonly #millisMax: number;
  #seq: unknown = null;
  #ticks = 0;
  #document: Document = {};

  constructor(database: Database, millisMax = READ_MILLIS_MAX) {
    this.#millisMax = millisMax;
    const { raw } = database;
    raw.function('sluice_tick', () => this.#tick());
    raw.function('sluice_tally', { varargs: true }, (...row) => {
      this.#current.tally?.add(row);
      return this.#tick();
    });
    raw.function('sluice_test', (test, value) =>
      Number(value !== null && this.#current.testAt(test)(value as QueryValue)),
    );
    raw.function('sluice_listed', (test, list) =>
      Number(list !== null && listValues(String(list)).some(this.#current.testAt(test))),
    );
    raw.function('sluice_holds', (test, field, seq, body) =>
      Number(this.#values(field, seq, body).some(this.#current.testAt(test))),
    );
    raw.function('sluice_sort', (order, field, seq, body) => {
      const values = this.#values(field, seq, body).toSorted(compareValues);
      const value = order === ('asc' satisfies Sort['order']) ? values[0] : values.at(-1);
      return value === undefined ? null : sqlValue(value);
    });
    raw.function('sluice_list', (field, seq, body) => {
      const values = [...new Set(this.#values(field, seq, body))];
      return values.length === 0 ? null : listText(values);
    });
    raw.function('sluice_metric', (kind, field, seq, body) => {
      const numbers = this.#values(field, seq, body).map(Number);
      return numbers.length === 0 ? null : (METRICS[String(kind)]?.(numbers) ?? null);
    });
  }

  /** @throws what `run` does, and HubError QUERY_TIME */
  use<Result>(functions: Functions, run: () => Result): Result {
    this.#current = functions;
    this.#deadline = performance.now() + this.#millisMax;
    this.#seq = null;
    try {
      return run();
    } finally {
      this.#current = new Functions();
      this.#document = {};
      this.#seq = null;
    }
  }

  #tick(): number {
    this.#ticks += 1;
    if (this.#ticks % TICKS_BETWEEN === 0) this.#stopLate();
    return 1;
  }

  #stopLate(): void {
    if (performance.now() <= this.#deadline) return;
    throw new HubError('QUERY_TIME', { seconds: this.#millisMax / 1_000 });
  }

  /** A document is read once, however many functions ask about it. */
  #values(field: unknown, seq: unknown, body: unknown): readonly QueryValue[] {
    if (seq !== this.#seq) {
      this.#stopLate();
      this.#document = JSON.parse(String(body)) as Document;
      this.#seq = seq;
    }
    return valuesAt(this.#document as Json, this.#current.fieldAt(field));
  }
}

/** Of types whose values are kept as numbers. */
export const isNumeric = (type: FieldType): boolean =>
  type === 'long' || type === 'date' || type === 'boolean';
