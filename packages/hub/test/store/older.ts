/** A store as a former version has left it. */
import { DatabaseSync } from 'node:sqlite';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

export const record = (dataSet: 'waf' | 'alert', id: string) => ({
  ...{ dataSet, id, source: '' },
  document: { '@timestamp': '2026-11-23T10:00:00.000Z', event: { id, type: ['denied', 'a "quoted" one'] } },
});

const BATCH = 5_000;

/** Of layout 1. @param ids of its events */
export async function older(path: string, ids: readonly string[] = ['a']): Promise<void> {
  const store = await SqliteStore.open({ path });
  for (let from = 0; from < ids.length; from += BATCH)
    await store.append(ids.slice(from, from + BATCH).map((id) => record('waf', id)));
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
