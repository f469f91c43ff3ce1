/** A record as rows of the store. */
import { DATA_SETS, type DataSet, type Document, type Field } from '@sluice/spool';
import { comparable } from '../../query/values.ts';
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

type Value = string | number | boolean;

/** What a document shows while it is taken apart. */
class Collector {
  readonly #layout: Layout;
  readonly #values = new Map<string, Value[]>();
  readonly #terms = new Set<string>();
  time = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  see({ path, type }: Field, json: Value): void {
    if (path === '@timestamp') {
      this.time = Number(comparable(json, type));
      return;
    }
    const name = this.#layout.terms.get(path);
    const isColumn = this.#layout.byPath.has(path);
    if (path === WINDOWED.path) this.#windows(String(json));
    if (name === undefined && !isColumn) return;
    const value = comparable(json, type);
    if (value === undefined) return;
    if (name !== undefined) this.#terms.add(termOf(name, value));
    if (!isColumn) return;
    const values = this.#values.get(path);
    if (values === undefined) this.#values.set(path, [value]);
    else if (!values.includes(value)) values.push(value);
  }

  #windows(text: string): void {
    const windows = windowsOf(text);
    if (windows === undefined) this.#terms.add(manyWindows(WINDOWED.name));
    else for (const window of windows) this.#terms.add(termOf(WINDOWED.name, window));
  }

  columns(): readonly (string | number | null)[] {
    return this.#layout.columns.map(({ field }) => {
      const values = this.#values.get(field.path);
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
