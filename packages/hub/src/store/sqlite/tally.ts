/**
 * Groups of rows, put together while SQLite walks over them. Its own GROUP BY sorts all rows first: of a million that takes two seconds, where
 * a table of groups takes half of one.
 */
import type { SQLOutputValue } from 'node:sqlite';
import { HubError } from '../../errors.ts';
import { GROUPS_MAX } from './limits.ts';

export interface RawGroup {
  /** As SQLite has them, a cell for each part of the key. */
  readonly cells: readonly SQLOutputValue[];
  count: number;
  /** Of the metric: how many values, their sum, the least and the greatest. */
  numbers: number;
  sum: number;
  min: number;
  max: number;
}

type Level = Map<SQLOutputValue, Level | RawGroup>;

export const rawGroup = (cells: readonly SQLOutputValue[], count: number): RawGroup => ({
  ...{ cells, count, numbers: 0, sum: 0, min: Infinity, max: -Infinity },
});

export class Tally {
  readonly groups: RawGroup[] = [];
  readonly #parts: number;
  readonly #root: Level = new Map();

  /** @param parts cells of a key: what a row has behind them is of the metric */
  constructor(parts: number) {
    this.#parts = parts;
  }

  /**
   * @param row cells of the key; then nothing, a value of the metric or null, or number, sum, least and greatest of its values
   * @throws HubError QUERY_SIZE
   */
  add(row: readonly SQLOutputValue[]): void {
    const group = this.#groupOf(row);
    group.count += 1;
    const metric = row[this.#parts];
    if (metric === undefined || metric === null) return;
    const isWhole = row.length > this.#parts + 1;
    const value = Number(metric);
    if (isWhole && value === 0) return;
    group.numbers += isWhole ? value : 1;
    group.sum += isWhole ? Number(row[this.#parts + 1]) : value;
    group.min = Math.min(group.min, isWhole ? Number(row[this.#parts + 2]) : value);
    group.max = Math.max(group.max, isWhole ? Number(row[this.#parts + 3]) : value);
  }

  #groupOf(row: readonly SQLOutputValue[]): RawGroup {
    let level = this.#root;
    const last = this.#parts - 1;
    for (let part = 0; part < last; part += 1) {
      const cell = row[part] ?? null;
      const known = level.get(cell) as Level | undefined;
      const next: Level = known ?? new Map();
      if (known === undefined) level.set(cell, next);
      level = next;
    }
    const cell = row[last] ?? null;
    const known = level.get(cell) as RawGroup | undefined;
    if (known !== undefined) return known;
    const group = rawGroup(row.slice(0, this.#parts), 0);
    level.set(cell, group);
    this.groups.push(group);
    if (this.groups.length > GROUPS_MAX) throw tooManyGroups(this.groups.length);
    return group;
  }
}

export const tooManyGroups = (given: number): HubError =>
  new HubError('QUERY_SIZE', { what: 'the number of groups', given, allowed: `at most ${GROUPS_MAX}` });
