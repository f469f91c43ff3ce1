/** What befalls the embedded store: death, damage, a full disk, others that lock it, more than it can take. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { HubError, type HubErrorCode, parseQuery, type Query, SqliteStore, schemaOf } from '@sluice/hub';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { allIds, record } from './fixtures.ts';
import { BASE_MILLIS } from './generate.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL: Query = { kind: 'all' };
const parse = (text: string): Query => parseQuery(text, schemaOf('waf'));
const isCoded =
  (code: HubErrorCode, reason = /./) =>
  (error: unknown): boolean =>
    error instanceof HubError && error.code === code && reason.test(error.message);

const integrity = (path: string): unknown => {
  const database = new DatabaseSync(path);
  const result = database.prepare('PRAGMA integrity_check').get();
  database.close();
  return result?.integrity_check;
};

describe('a process that is killed while it appends', () => {
  it('loses nothing that was acknowledged, and doubles nothing', async () => {
    const path = join(folder, 'killed.db');
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const batches = await killedAfter(path, `r${round}`, 1 + round * 3);
      for (let batch = 0; batch < batches; batch += 1) {
        for (let at = 0; at < 20; at += 1) acknowledged.push(`r${round}-${batch}-${at}`);
      }
    }
    const store = await SqliteStore.open({ path });
    const stored = await allIds(store, { dataSet: 'waf', query: ALL, size: 1_000 });
    expect(new Set(stored).size).toBe(stored.length);
    expect(new Set(stored)).toEqual(new Set([...stored, ...acknowledged]));
    // Whole batches or nothing: at most the one that was on its way in each round.
    expect(stored.length % 20).toBe(0);
    expect(stored.length - acknowledged.length).toBeLessThanOrEqual(6 * 20);
    expect(await store.count({ dataSet: 'waf', query: parse('waf.rules.id = 900000') })).toBe(6 * 20);
    await store.close();
    expect(integrity(path)).toBe('ok');
  });
});

/** Kills it at some moment behind so many batches; how many were acknowledged. */
async function killedAfter(path: string, prefix: string, batches: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'appending-child.ts'), path, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    seen = Number(line);
    if (seen >= batches) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return seen;
}

describe('a file that is no store', () => {
  it.each<[string, (path: string) => void, RegExp]>([
    [
      'text',
      (path) =>
        writeFileSync(path, 'not a database, but long enough to be read as the head of one'.repeat(100)),
      /not a database/,
    ],
    ['a database of somebody else', (path) => other(path, 'CREATE TABLE t(a)'), /no store of Sluice/],
    [
      'a store of a later Sluice',
      (path) =>
        other(path, 'PRAGMA application_id = 0x536c7569; PRAGMA user_version = 99; CREATE TABLE t(a)'),
      /layout 99/,
    ],
  ])('is refused: %s', async (name, make, reason) => {
    const path = join(folder, `${name}.db`);
    make(path);
    await expect(SqliteStore.open({ path })).rejects.toSatisfy(isCoded('STORE_FILE', reason));
    await expect(SqliteStore.open({ path, readOnly: true })).rejects.toSatisfy(isCoded('STORE_FILE', reason));
  });

  it('is refused where it cannot be made, and not made where it is only read', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(SqliteStore.open({ path: join(folder, 'file/events.db') })).rejects.toSatisfy(
      isCoded('STORE_FILE'),
    );
    const missing = join(folder, 'missing.db');
    await expect(SqliteStore.open({ path: missing, readOnly: true })).rejects.toSatisfy(
      isCoded('STORE_UNAVAILABLE'),
    );
    expect(() => statSync(missing)).toThrow();
  });

  it('answers with an error where pages are damaged, and lives', async () => {
    const path = join(folder, 'damaged.db');
    const store = await SqliteStore.open({ path });
    await store.append(
      Array.from({ length: 500 }, (_, at) => record(`n${at}`, { strange: 'x'.repeat(500) }, { at })),
    );
    await store.close();
    const file = openSync(path, 'r+');
    for (let page = 2; page * 16_384 < statSync(path).size; page += 1)
      writeSync(file, Buffer.alloc(2_000, 0xee), 0, 2_000, page * 16_384);
    closeSync(file);
    const damaged = await SqliteStore.open({ path, readOnly: true }).catch((error: unknown) => error);
    if (damaged instanceof SqliteStore) {
      const search = damaged.search({ dataSet: 'waf', query: parse('user_agent.original = a'), size: 1 });
      await expect(search).rejects.toSatisfy(isCoded('STORE_FILE'));
      await damaged.close();
    } else {
      expect(damaged).toSatisfy(isCoded('STORE_FILE'));
    }
  });
});

function other(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('a store that others use', () => {
  it('waits for who writes, then says so and takes the batch later; it answers meanwhile', async () => {
    const path = join(folder, 'locked.db');
    const store = await SqliteStore.open({ path });
    await store.append([record('a')]);
    const rival = new DatabaseSync(path);
    rival.exec('BEGIN IMMEDIATE');
    const refused = store.append([record('b')]);
    expect(await store.count({ dataSet: 'waf', query: ALL })).toBe(1);
    await expect(refused).rejects.toSatisfy(isCoded('STORE_UNAVAILABLE', /locked/));
    rival.exec('ROLLBACK');
    rival.close();
    expect(await store.append([record('b')])).toEqual([{ kind: 'stored' }]);
    await store.close();
  });

  it('tells where it cannot take out what retention does not keep', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const failures: unknown[] = [];
    const path = join(folder, 'not-swept.db');
    const onSweepFailed = (error: unknown): void => void failures.push(error);
    const store = await SqliteStore.open({ path, retention: { ageMillis: 1 }, onSweepFailed });
    await store.append([record('a')]);
    const rival = new DatabaseSync(path);
    rival.exec('BEGIN IMMEDIATE');
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(() => expect(failures).not.toEqual([]), { timeout: 60_000, interval: 50 });
    expect(failures[0]).toSatisfy(isCoded('STORE_UNAVAILABLE', /locked/));
    rival.exec('ROLLBACK');
    rival.close();
    vi.useRealTimers();
    await store.close();
  });

  it('can be read while it is written, and is not written by who reads', async () => {
    const path = join(folder, 'read.db');
    const store = await SqliteStore.open({ path });
    const reader = await SqliteStore.open({ path, readOnly: true });
    await store.append([record('a')]);
    expect(await allIds(reader, { dataSet: 'waf', query: ALL, size: 5 })).toEqual(['a']);
    await expect(reader.append([record('b')])).rejects.toSatisfy(isCoded('STORE_UNAVAILABLE'));
    await Promise.all([store.close(), reader.close()]);
  });

  it('is for its user only', async () => {
    const path = join(folder, 'deep/er/events.db');
    const store = await SqliteStore.open({ path });
    await store.append([record('a')]);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o077).toBe(0);
    await store.close();
  });
});

it('refuses what is more than it can keep waiting, and stores the rest', async () => {
  const store = await SqliteStore.open({ path: join(folder, 'busy.db') });
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, (_, at) => store.append([record(`n${at}`)])),
  );
  const stored = results.filter(({ status }) => status === 'fulfilled');
  const refused = results.filter((result) => result.status === 'rejected');
  expect(stored.length).toBeGreaterThanOrEqual(64);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.map(({ reason }) => reason)).toSatisfy((reasons: unknown[]) =>
    reasons.every(isCoded('STORE_UNAVAILABLE', /calls wait/)),
  );
  expect(await store.count({ dataSet: 'waf', query: ALL })).toBe(stored.length);
  await store.close();
});

// Only root may mount; the CI runs as root.
describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  it('loses nothing that was acknowledged, and takes more once there is room', async () => {
    const disk = mkdtempSync(join(folder, 'disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
    try {
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(3_000_000));
      const store = await SqliteStore.open({ path: join(disk, 'events.db') });
      const batch = (round: number) =>
        Array.from({ length: 50 }, (_, at) =>
          record(`b${round}-${at}`, { strange: 'x'.repeat(2_000) }, { at: round }),
        );
      let acknowledged = 0;
      let failure: unknown;
      while (failure === undefined) {
        await store.append(batch(acknowledged)).then(
          () => {
            acknowledged += 1;
          },
          (error: unknown) => {
            failure = error;
          },
        );
      }
      expect(failure).toSatisfy(isCoded('STORE_UNAVAILABLE', /full/));
      expect(await store.count({ dataSet: 'waf', query: ALL })).toBe(acknowledged * 50);
      truncateSync(filler, 0);
      expect(await store.append(batch(acknowledged))).toEqual(batch(0).map(() => ({ kind: 'stored' })));
      expect(await store.count({ dataSet: 'waf', query: ALL })).toBe((acknowledged + 1) * 50);
      await store.close();
      expect(integrity(join(disk, 'events.db'))).toBe('ok');
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('retention', () => {
  const many = Array.from({ length: 1_200 }, (_, at) =>
    record(
      `n${String(at).padStart(4, '0')}`,
      { strange: 'x'.repeat(1_500), waf: { policy: at < 700 ? 'old' : 'new' } },
      { at: at * 1_000 },
    ),
  );

  it('takes out what is older, from everywhere', async () => {
    const path = join(folder, 'aged.db');
    const store = await SqliteStore.open({ path, retention: { ageMillis: 500_000 } });
    await store.append([...many, record('l7', {}, { dataSet: 'l7', at: -1 })]);
    expect(await store.sweep(BASE_MILLIS + 1_200_000)).toBe(701);
    expect(await store.count({ dataSet: 'waf', query: ALL })).toBe(500);
    expect(await store.count({ dataSet: 'waf', query: parse('waf.policy = old') })).toBe(0);
    expect(await store.count({ dataSet: 'waf', query: parse('waf.policy = new') })).toBe(500);
    expect(await store.stats()).toMatchObject({
      oldest: BASE_MILLIS + 700_000,
      documents: { waf: 500, l7: 0 },
    });
    expect(await store.get('waf', 'n0699')).toBeNull();
    // What was taken out may come again: its id is known no longer.
    expect(await store.append([many[0] ?? record('x')])).toEqual([{ kind: 'stored' }]);
    await store.close();
    expect(integrity(path)).toBe('ok');
    const database = new DatabaseSync(path, { readOnly: true });
    for (const table of ['waf_body', 'waf_terms']) {
      expect(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n).toBe(501);
    }
    database.close();
  });

  it('takes out the oldest where there is more than fits, and gives the room back', async () => {
    const path = join(folder, 'large.db');
    const bytesMax = 1_000_000;
    const store = await SqliteStore.open({ path, retention: { bytesMax } });
    await store.append(many);
    expect((await store.stats()).bytes).toBeGreaterThan(bytesMax);
    expect(await store.sweep()).toBeGreaterThan(0);
    const { bytes, newest, documents } = await store.stats();
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    expect(documents.waf).toBeGreaterThan(100);
    expect(newest).toBe(BASE_MILLIS + 1_199_000);
    await store.close();
    expect(statSync(path).size).toBeLessThan(bytesMax * 1.5);
  });

  it('gives no place in the order of arrival twice, also to the next process', async () => {
    const path = join(folder, 'order.db');
    const options = { path, retention: { ageMillis: 1_000 } };
    const first = await SqliteStore.open(options);
    await first.append([record('a'), record('b')]);
    const begun = await first.arrivals({ dataSet: 'waf', query: ALL, after: null, size: 10 });
    expect(await first.sweep(BASE_MILLIS + 10_000)).toBe(2);
    await first.close();
    const next = await SqliteStore.open(options);
    await next.append([record('c', {}, { at: 20_000 })]);
    const { documents } = await next.arrivals({ dataSet: 'waf', query: ALL, after: begun.place, size: 10 });
    expect(documents.map(({ id }) => id)).toEqual(['c']);
    await next.close();
  });

  it('lets batches in between its steps', async () => {
    const store = await SqliteStore.open({ path: join(folder, 'steps.db'), retention: { ageMillis: 1 } });
    await store.append(many);
    const sweep = store.sweep(BASE_MILLIS + 10_000_000);
    const appended = store.append([record('late', {}, { at: 20_000_000 })]);
    expect(await Promise.race([sweep.then(() => 'sweep'), appended.then(() => 'append')])).toBe('append');
    expect(await sweep).toBe(1_200);
    await store.close();
  });
});
