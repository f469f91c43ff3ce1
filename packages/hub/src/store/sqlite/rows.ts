/** A record as rows of the store. */
import { DATA_SETS, type DataSet, type Document, type Field } from '@sluice/spool';
import type { QueryValue } from '../../query/tree.ts';
import { recordFault } from '../document-check.ts';
import { type Layout, layoutOf, listText, sqlValue, WINDOWED } from './layout.ts';
import { manyWindows, termOf, windowsOf } from './terms.ts';

/** A record on its way to the writer: its document as JSON. */
export interface EncodedRecord {
  readonly dataSet: DataSet;
  readonly id: string;
  readonly body: string;
}

export interface Row {
  readonly dataSet: DataSet;
  readonly id: string;
  readonly time: number;
  /** In the order of the layout's columns. */
  readonly columns: readonly (string | number | null)[];
  readonly terms: string;
  readonly body: string;
}

/** What a document shows while it is taken apart. */
class Collector {
  readonly #layout: Layout;
  readonly #values: (QueryValue[] | undefined)[] = [];
  readonly #terms = new Set<string>();
  time = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  see({ path }: Field, value: QueryValue): void {
    if (path === '@timestamp') this.time = Number(value);
    const use = this.#layout.uses.get(path);
    if (use === undefined) return;
    const { column, term, windowed } = use;
    if (windowed) this.#windows(String(value));
    if (term !== undefined) this.#terms.add(termOf(term, value));
    if (column === undefined) return;
    const values = this.#values[column];
    if (values === undefined) this.#values[column] = [value];
    else if (!values.includes(value)) values.push(value);
  }

  #windows(text: string): void {
    const windows = windowsOf(text);
    if (windows === undefined) this.#terms.add(manyWindows(WINDOWED.name));
    else for (const window of windows) this.#terms.add(termOf(WINDOWED.name, window));
  }

  columns(): readonly (string | number | null)[] {
    return this.#layout.columns.map(({ field }, column) => {
      const values = this.#values[column];
      const [first] = values ?? [];
      if (values === undefined || first === undefined) return null;
      return field.many ? listText(values) : sqlValue(first);
    });
  }

  terms(): string {
    return [...this.#terms].join(' ');
  }
}

/** The rows, or why the store will never take them. */
export function rowOf({ dataSet, id, body }: EncodedRecord): Row | { readonly fault: string } {
  if (!DATA_SETS.includes(dataSet)) return { fault: 'its data set is not known' };
  const collector = new Collector(layoutOf(dataSet));
  const document = JSON.parse(body) as Document;
  const fault = recordFault({ dataSet, id, source: '', document }, (field, value) =>
    collector.see(field, value),
  );
  if (fault !== null) return { fault };
  return { dataSet, id, time: collector.time, columns: collector.columns(), terms: collector.terms(), body };
}
