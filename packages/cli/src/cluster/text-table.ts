/** Rows of texts from a cluster as columns on a terminal. Whatever they hold, the terminal obeys none of it. */
import { oneLine } from '../events/text.ts';
import type { Style } from '../inspect/render-value.ts';

const CELL_MAX = 60;
const LAST_MAX = 400;
const LAST_MIN = 20;

/** @param columns of the terminal; undefined where the output is none */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  columns?: number,
): string {
  const last = head.length - 1;
  const cells = [head, ...rows].map((row) => row.map((cell) => oneLine(cell, CELL_MAX)));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => [...(row[at] ?? '')].length)));
  const taken = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = columns === undefined ? LAST_MAX : Math.max(LAST_MIN, columns - taken);
  return [head, ...rows]
    .map((row, index) => {
      const line = row
        .map((cell, at) =>
          at === last ? oneLine(cell, room) : oneLine(cell, CELL_MAX).padEnd(widths[at] ?? 0),
        )
        .join('  ');
      return `${index === 0 ? style.bold(line) : line}\n`;
    })
    .join('');
}
