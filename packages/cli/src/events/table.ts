/** Documents as lines of a table. */
import type { Document } from '@sluice/spool';
import type { Style } from '../inspect/render-value.ts';
import type { Column } from './columns.ts';
import { oneLine } from './text.ts';

/** Characters of a cell that is not the last. */
const CELL_MAX = 40;
/** Characters of the last cell where the output is no terminal. */
const LAST_MAX = 400;
const LAST_MIN = 12;

export class Table {
  readonly #columns: readonly Column[];
  readonly #style: Style;
  readonly #terminalColumns: number | undefined;
  /** They grow with what comes: what was printed cannot be moved. */
  readonly #widths: number[];

  /** @param terminalColumns undefined where the output is no terminal */
  constructor(columns: readonly Column[], style: Style, terminalColumns: number | undefined) {
    this.#columns = fitting(columns, terminalColumns ?? Number.POSITIVE_INFINITY);
    this.#style = style;
    this.#terminalColumns = terminalColumns;
    this.#widths = this.#columns.map(({ title, width }) => Math.max(title.length, width));
  }

  head(): string {
    return `${this.#style.bold(this.#line(this.#columns.map(({ title }) => title)))}\n`;
  }

  /** Lines of documents, with their line ends; widths are made to fit all of them. */
  rows(documents: readonly Document[]): string {
    const rows = documents.map((document) =>
      this.#columns.map((column) => oneLine(column.read(document), CELL_MAX)),
    );
    for (const row of rows) {
      for (const [at, cell] of row.entries()) {
        this.#widths[at] = Math.max(this.#widths[at] ?? 0, [...cell].length);
      }
    }
    return documents.map((document) => `${this.#row(document)}\n`).join('');
  }

  #row(document: Document): string {
    const last = this.#columns.length - 1;
    return this.#line(
      this.#columns.map((column, at) =>
        oneLine(column.read(document), at === last ? this.#room() : CELL_MAX),
      ),
      (padded, at) => this.#columns[at]?.paint?.(padded, document, this.#style) ?? padded,
    );
  }

  #line(cells: readonly string[], paint: (text: string, at: number) => string = (text) => text): string {
    const last = cells.length - 1;
    return cells
      .map((cell, at) => paint(at === last ? cell : cell.padEnd(this.#widths[at] ?? 0), at))
      .join('  ');
  }

  #room(): number {
    if (this.#terminalColumns === undefined) return LAST_MAX;
    const taken = this.#widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
    return Math.max(LAST_MIN, this.#terminalColumns - taken);
  }
}

function fitting(columns: readonly Column[], terminalColumns: number): readonly Column[] {
  const taken = columns.slice(0, -1).reduce((sum, { width }) => sum + width + 2, LAST_MIN);
  const [first] = columns
    .filter(({ spare }) => spare !== undefined)
    .toSorted((a, b) => (a.spare ?? 0) - (b.spare ?? 0));
  if (taken <= terminalColumns || first === undefined) return columns;
  return fitting(
    columns.filter((column) => column !== first),
    terminalColumns,
  );
}
