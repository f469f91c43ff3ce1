/** A store of another version: it is opened, keeps what it has, takes alerts, and finds what was in documents only by its column. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { parseQuery } from '../../src/query/parse.ts';
import { schemaOf } from '../../src/store/schemas.ts';
import { LAYOUT_VERSION } from '../../src/store/sqlite/layout.ts';
import { UPGRADE_ROWS } from '../../src/store/sqlite/limits.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { older, record } from './older.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-upgrade-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is made anew where it is written, with all that it has', async () => {
  const path = join(folder, 'written.db');
  await older(path);
  const store = await SqliteStore.open({ path });
  try {
    expect(await store.append([record('alert', 'b'), record('waf', 'a')])).toEqual([
      { kind: 'stored' },
      { kind: 'duplicate' },
    ]);
    expect((await store.stats()).documents).toEqual({ waf: 1, l7: 0, alert: 1 });
    const all = { dataSet: 'waf', query: { kind: 'all' } } as const;
    const { buckets } = await store.aggregate({ ...all, kind: 'terms', field: 'event.type', size: 5 });
    expect(buckets.map(({ key }) => key[0])).toEqual(['a "quoted" one', 'denied']);
    const found = parseQuery('event.type = denied', schemaOf('waf'));
    expect(await store.count({ ...all, query: found })).toBe(1);
    const facet = await store.aggregate({ ...all, kind: 'terms', field: 'waf.policy', size: 5 });
    expect(facet.buckets).toEqual([]);
  } finally {
    await store.close();
  }
});

it('is not changed by who only reads, and says which layout it has', async () => {
  const path = join(folder, 'read.db');
  await older(path);
  await expect(SqliteStore.open({ path, readOnly: true })).rejects.toMatchObject({
    code: 'STORE_FILE',
    message: expect.stringContaining('it has layout 1, this Sluice has 3'),
  });
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  database.close();
});

/** Killed at the so-many-th word about the upgrade, which comes in the middle of a step. */
const KILLED = join(import.meta.dirname, 'upgrade-killed.ts');

const valueIn = (path: string, sql: string): unknown => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Object.values(database.prepare(sql).get() ?? {})[0];
  } finally {
    database.close();
  }
};

const SCHEMA = `SELECT group_concat(name || coalesce(sql, ''), char(10))
  FROM (SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name)`;

it('goes on where it was killed, step by step, and is then as one that was made anew', async () => {
  const [path, fresh] = [join(folder, 'killed.db'), join(folder, 'fresh.db')];
  const events = UPGRADE_ROWS * 2 + 100;
  await older(
    path,
    Array.from({ length: events }, (_, index) => `event-${index}`),
  );
  const versions: unknown[] = [];
  const killedAt: string[] = [];
  for (let turn = 0; turn < 60 && versions.at(-1) !== LAYOUT_VERSION; turn += 1) {
    const { signal, stdout } = spawnSync(process.execPath, [KILLED, path, String(2 + (turn % 5))], {
      encoding: 'utf8',
    });
    if (signal === 'SIGKILL') killedAt.push(stdout.trim().split('\n').at(-1) ?? '');
    versions.push(valueIn(path, 'PRAGMA user_version'));
  }
  expect(versions.at(-1)).toBe(LAYOUT_VERSION);
  expect(killedAt.length).toBeGreaterThan(3);
  expect(killedAt.join(' ')).toMatch(/rows \d+ %.*CREATE INDEX waf_by/s);
  const onTheWay = versions.slice(0, -1).map(Number);
  expect(onTheWay).toEqual(onTheWay.toSorted((a, b) => a - b));
  expect(valueIn(path, 'PRAGMA integrity_check')).toBe('ok');
  await (await SqliteStore.open({ path: fresh })).close();
  expect(valueIn(path, SCHEMA)).toBe(valueIn(fresh, SCHEMA));
  const store = await SqliteStore.open({ path });
  try {
    const found = parseQuery('event.type = denied', schemaOf('waf'));
    expect(await store.count({ dataSet: 'waf', query: found })).toBe(events);
  } finally {
    await store.close();
  }
});

it('says how far it is, and to who reads meanwhile that it is on its way', async () => {
  const path = join(folder, 'told.db');
  await older(path);
  spawnSync(process.execPath, [KILLED, path, '4']);
  await expect(SqliteStore.open({ path, readOnly: true })).rejects.toMatchObject({
    code: 'STORE_FILE',
    message: expect.stringContaining('on its way'),
  });
  const told: string[] = [];
  const store = await SqliteStore.open({
    path,
    onUpgrade: ({ done, of, says }) => told.push(`${done}/${of} ${says}`),
  });
  await store.close();
  expect(told[0]).toMatch(/^[1-3]\/12 /);
  expect(told.at(-1)).toBe('11/12 CREATE INDEX l7_time');
});
