/** A store of another version: it is opened, keeps what it has, takes alerts, and finds what was in documents only by its column. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { parseQuery } from '../../src/query/parse.ts';
import { schemaOf } from '../../src/store/schemas.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-upgrade-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = (dataSet: 'waf' | 'alert', id: string) => ({
  ...{ dataSet, id, source: '' },
  document: { '@timestamp': '2026-11-23T10:00:00.000Z', event: { id, type: ['denied', 'a "quoted" one'] } },
});

/** As the version before this one has left it. */
async function older(path: string): Promise<void> {
  const store = await SqliteStore.open({ path });
  await store.append([record('waf', 'a')]);
  await store.close();
  const database = new DatabaseSync(path);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'alert%'")
    .all();
  for (const { name } of tables) database.exec(`DROP TABLE IF EXISTS "${String(name)}"`);
  const facets = database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'waf_by_%'").all();
  for (const { name } of facets) database.exec(`DROP INDEX "${String(name)}"`);
  for (const each of ['waf', 'l7'])
    database.exec(`DROP INDEX ${each}_time; CREATE INDEX ${each}_time ON ${each}(time)`);
  database.exec('ALTER TABLE waf DROP COLUMN f_event_type');
  database.exec('PRAGMA user_version = 1');
  database.close();
}

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
