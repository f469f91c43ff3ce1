/**
 * Brings a store of an older layout to that of now, before anybody uses it. Each step is a transaction of its own, with which the file says how far it is:
 * whoever is ended in between, as by a probe that waits no longer, goes on from there.
 */
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DATA_SETS } from '@sluice/spool';
import {
  createStatements,
  LAYOUT_OF,
  LAYOUT_VERSION,
  layoutOf,
  TYPES_OF_ROWS,
  toVersion3,
} from './layout.ts';
import { UPGRADE_ROWS, UPGRADE_TOLD_MILLIS } from './limits.ts';

export interface UpgradeProgress {
  /** Steps that are done, and of how many. */
  readonly done: number;
  readonly of: number;
  /** What is done now: `CREATE INDEX waf_time`, `rows 40 %`. */
  readonly says: string;
}

export type OnUpgrade = (progress: UpgradeProgress) => void;

interface Step {
  readonly says: string;
  run(raw: DatabaseSync, tell: (says: string) => void): void;
}

/** In `user_version`, of a store that is on its way: the layout that it came from, then the steps that are done. */
const STEPS_MAX = 1_000;

export const isOnItsWay = (version: number): boolean => version >= STEPS_MAX;

const versionOf = (raw: DatabaseSync): number =>
  Number(Object.values(raw.prepare('PRAGMA user_version').get() ?? {})[0]);

const statement = (sql: string): Step => ({
  says: /^\w+ (?:UNIQUE )?\w+ \w+/.exec(sql)?.[0] ?? 'a statement',
  run: (raw) => raw.exec(sql),
});

function stepsFrom(layout: number): readonly Step[] {
  const made = DATA_SETS.filter((each) => LAYOUT_OF[each] > layout).map((each) => ({
    says: `CREATE TABLE ${each}`,
    run: (raw: DatabaseSync) => {
      for (const sql of createStatements(layoutOf(each))) raw.exec(sql);
    },
  }));
  const changed = DATA_SETS.filter((each) => LAYOUT_OF[each] <= layout).flatMap((each) =>
    toVersion3(layoutOf(each)).map((sql) => (sql === TYPES_OF_ROWS ? FILL_TYPES : statement(sql))),
  );
  return [...made, ...changed];
}

/** Part by part, each a transaction: a row that has its value already is left out, so nobody has to remember where the last one was. */
const FILL_TYPES: Step = {
  says: 'rows',
  run(raw, tell) {
    const { first, last } = raw
      .prepare('SELECT coalesce(min(seq), 0) AS first, coalesce(max(seq), -1) AS last FROM waf')
      .get() as { readonly first: number; readonly last: number };
    const fill = raw.prepare(`${TYPES_OF_ROWS} WHERE seq BETWEEN ? AND ? AND f_event_type IS NULL`);
    for (let from = first; from <= last; from += UPGRADE_ROWS) {
      tell(`rows ${Math.floor((100 * (from - first)) / (last - first + 1))} %`);
      fill.run(from, from + UPGRADE_ROWS - 1);
      raw.exec('COMMIT; BEGIN IMMEDIATE');
    }
  },
};

/** Does nothing to a store that is as it should be, or that this Sluice does not know. */
export function upgrade(raw: DatabaseSync, path: string, onUpgrade: OnUpgrade): void {
  const begun = versionOf(raw);
  if (begun >= LAYOUT_VERSION && !isOnItsWay(begun)) return;
  // What is sorted for an index of ten million rows is more than a pod may have in memory; beside the store there is room for it.
  const folder = dirname(path).replaceAll("'", "''");
  raw.exec(`PRAGMA temp_store = FILE; PRAGMA temp_store_directory = '${folder}'`);
  try {
    while (nextStep(raw, onUpgrade));
  } finally {
    raw.exec("PRAGMA temp_store_directory = ''; PRAGMA temp_store = MEMORY");
  }
}

/** Of two processes that open it at once each does what the other has not. */
function nextStep(raw: DatabaseSync, onUpgrade: OnUpgrade): boolean {
  raw.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(raw);
    const layout = isOnItsWay(version) ? Math.floor(version / STEPS_MAX) : version;
    const done = isOnItsWay(version) ? version % STEPS_MAX : 0;
    const steps = layout >= LAYOUT_VERSION ? [] : stepsFrom(layout);
    const step = steps[done];
    if (step !== undefined) {
      step.run(raw, teller({ done, of: steps.length, says: step.says }, onUpgrade));
      const isLast = done + 1 === steps.length;
      // A step in parts lets others in between: one that came may be further by now.
      if (versionOf(raw) === version)
        raw.exec(`PRAGMA user_version = ${isLast ? LAYOUT_VERSION : layout * STEPS_MAX + done + 1}`);
    }
    raw.exec('COMMIT');
    return step !== undefined;
  } catch (error) {
    if (raw.isTransaction) raw.exec('ROLLBACK');
    throw error;
  }
}

/** At once, then not too often. */
function teller(progress: UpgradeProgress, onUpgrade: OnUpgrade): (says: string) => void {
  let told = performance.now();
  onUpgrade(progress);
  return (says) => {
    if (performance.now() - told < UPGRADE_TOLD_MILLIS) return;
    told = performance.now();
    onUpgrade({ ...progress, says });
  };
}
