/** Nodes with spools and shippers, and a hub that is not always there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { HubClient, parseQuery, SqliteStore, schemaOf } from '@sluice/hub';
import type { Clock } from '@sluice/shipper';
import { type SpoolRecord, SpoolWriter } from '@sluice/spool';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type HubProcess, MAIN, startHubProcess } from './child.ts';
import { recordsOf } from './documents.ts';
import { startNode, type TestNode } from './node.ts';
import { soon } from './soon.ts';
import { startHub } from './stack.ts';
import { TestStore } from './test-store.ts';

let certificates: Certificates;
let directory: string;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  certificates = makeCertificates();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-hub-'));
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(directory, { recursive: true });
});
afterAll(() => rmSync(certificates.directory, { recursive: true }));

const configOf = (more: object = {}): object => ({
  nodes: { listen: '127.0.0.1:0', tls: certificates.hub },
  queries: { listen: '127.0.0.1:0' },
  admin: false,
  store: { type: 'sqlite', path: 'events.db' },
  ...more,
});

async function hubProcess(config: object): Promise<HubProcess> {
  const hub = await startHubProcess(directory, config);
  ending.push(async () =>
    hub.child.exitCode === null && hub.child.signalCode === null ? hub.kill() : undefined,
  );
  return hub;
}

async function nodeOf(url: string, name: string, clock?: Clock): Promise<TestNode> {
  const node = await startNode(url, certificates.of(name), clock);
  ending.push(() => node.stop());
  return node;
}

/** Every id of a data set, page by page, in the order in which documents were made. */
async function idsIn(store: Pick<HubClient, 'search'>): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<HubClient['search']>> = await store.search({
      dataSet: 'waf',
      query: { kind: 'all' },
      size: 1_000,
      sort: { field: 'event.id', order: 'asc' },
      ...(cursor === null ? {} : { cursor }),
    });
    ids.push(...page.documents.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== null);
  return ids;
}

const idsOf = (records: readonly SpoolRecord[]): readonly string[] => records.map(({ id }) => id);

describe('two nodes and one hub', () => {
  it('find an event of each in one search', async () => {
    const hub = await hubProcess(configOf());
    for (const name of ['node-a', 'node-b']) {
      await (await nodeOf(hub.nodesUrl, name)).write(recordsOf(name, 0, 3));
    }
    const client = new HubClient({ url: hub.queriesUrl });
    ending.push(() => client.close());
    const query = parseQuery('"rule_info" IN {"*942100*"} AND "event.id" IN {"*2"}', schemaOf('waf'));
    const found = async (): Promise<readonly string[]> =>
      (await client.search({ dataSet: 'waf', query, size: 10 })).documents.map(({ id }) => id);
    await soon(found).toEqual(['node-a-00000002', 'node-b-00000002']);
    const { nodes } = await client.hubStats();
    expect(nodes.map(({ node, stored, watermark }) => [node, stored, watermark])).toEqual([
      ['node-a', 3, Date.UTC(2026, 10, 23) + 2],
      ['node-b', 3, Date.UTC(2026, 10, 23) + 2],
    ]);
    expect(await hub.stop()).toBe(0);
  });

  it('ship by sluice ship what is in their spools, each with its own certificate', async () => {
    const hub = await hubProcess(
      configOf({ nodes: { listen: '127.0.0.1:0', tls: certificates.hub, allow: ['node-*'] } }),
    );
    for (const name of ['node-a', 'node-b']) {
      const writer = await SpoolWriter.open({ directory: join(directory, name, 'spool') });
      for (const record of recordsOf(name, 0, 100)) writer.append(record);
      await writer.close();
      const path = join(directory, name, 'ship.yaml');
      const sinks = [{ type: 'hub', url: hub.nodesUrl, tls: certificates.of(name) }];
      writeFileSync(path, stringify({ spools: ['spool'], state: 'state', admin: false, sinks }));
      const { status, stderr } = spawnSync(process.execPath, [MAIN, 'ship', '-c', path, '--once'], {
        encoding: 'utf8',
      });
      expect([stderr, status]).toEqual([stderr, 0]);
    }
    const client = new HubClient({ url: hub.queriesUrl });
    ending.push(() => client.close());
    const { buckets } = await client.aggregate({
      dataSet: 'waf',
      query: parseQuery('"rule_info" IN {"*942100*"}', schemaOf('waf')),
      kind: 'terms',
      field: 'observer.name',
      size: 5,
    });
    expect(buckets.map(({ key, count }) => [...key, count])).toEqual([
      ['node-a', 100],
      ['node-b', 100],
    ]);
  });

  it('lose nothing while the hub is away for an hour, and keep the order of each', async () => {
    const store = new TestStore();
    const first = await startHub({ store, certificates });
    const { nodes: port } = first.addresses;
    // Waiting takes a turn of the event loop, and moves the clock.
    let now = Date.UTC(2026, 10, 23);
    const clock: Clock = {
      now: () => now,
      async sleep(millis, signal) {
        for (let left = 20; left > 0 && !signal.aborted; left--) await turn();
        now += millis;
      },
    };
    const names = ['node-a', 'node-b'];
    const nodes = [];
    for (const name of names) nodes.push(await nodeOf(first.nodesUrl, name, clock));
    for (const [index, name] of names.entries()) await nodes[index]?.write(recordsOf(name, 0, 10));
    await soon(() => store.records.size).toBe(20);
    await first.hub.close();
    const away = now;
    for (let minute = 1; minute <= 60; minute++) {
      for (const [index, name] of names.entries()) {
        await nodes[index]?.write(recordsOf(name, minute * 10, 10));
      }
      await soon(() => now - away).toBeGreaterThanOrEqual(minute * 60_000);
    }
    expect(store.records.size).toBe(20);
    const again = await startHub({ store, certificates, nodesPort: port ?? 0 });
    ending.push(() => again.hub.close());
    await soon(() => store.records.size).toBe(2 * 610);
    const stored = [...store.records.values()].map(({ id }) => id);
    for (const name of names) {
      expect(stored.filter((id) => id.startsWith(name))).toEqual(idsOf(recordsOf(name, 0, 610)));
    }
    for (const node of nodes) await soon(node.progress).toMatchObject({ stored: 610, dead: 0 });
    expect(nodes[0]?.progress().failedAttempts).toBeGreaterThan(60);
  });

  it('have each event once in a hub that is killed in the middle, again and again', async () => {
    let hub = await hubProcess(configOf());
    const port = Number(new URL(hub.nodesUrl).port);
    const fixed = configOf({ nodes: { listen: `127.0.0.1:${port}`, tls: certificates.hub } });
    const nodes = [await nodeOf(hub.nodesUrl, 'node-a'), await nodeOf(hub.nodesUrl, 'node-b')];
    const count = 8_000;
    const writing = Promise.all(
      ['node-a', 'node-b'].map(async (name, index) => {
        for (let from = 0; from < count; from += 1_000)
          await nodes[index]?.write(recordsOf(name, from, 1_000));
      }),
    );
    const stored = (): number => nodes.reduce((sum, node) => sum + node.progress().stored, 0);
    for (let kills = 0; kills < 3; kills++) {
      const before = stored();
      await soon(stored).toBeGreaterThan(before + 1_000);
      await hub.kill();
      hub = await hubProcess(fixed);
    }
    await writing;
    await soon(stored).toBe(2 * count);
    const client = new HubClient({ url: hub.queriesUrl });
    ending.push(() => client.close());
    const expected = ['node-a', 'node-b'].flatMap((name) => idsOf(recordsOf(name, 0, count)));
    expect(await idsIn(client)).toEqual(expected);
    for (const node of nodes) expect(node.progress().dead).toBe(0);
    const duplicates = (await client.hubStats()).nodes.reduce((sum, node) => sum + node.duplicates, 0);
    process.stdout.write(
      `hub killed 3 times: ${2 * count} events written, ${expected.length} stored once, ` +
        `${nodes.reduce((sum, node) => sum + node.progress().failedAttempts, 0)} attempts failed, ${duplicates} duplicates told since the last start\n`,
    );
    expect(await hub.stop()).toBe(0);
  });
});

describe('one machine', () => {
  it('has a hub that reads the spool itself, and stores each event once however it ends', async () => {
    const spool = join(directory, 'spool');
    const writer = await SpoolWriter.open({ directory: spool });
    ending.push(() => writer.close());
    const config = {
      queries: { listen: '127.0.0.1:0' },
      admin: false,
      spools: ['spool'],
      store: { type: 'sqlite', path: 'events.db' },
    };
    const records = recordsOf('node-a', 0, 8_000);
    let hub = await hubProcess(config);
    for (let from = 0; from < records.length; from += 2_000) {
      for (const record of records.slice(from, from + 2_000)) writer.append(record);
      await writer.flush();
      await hub.kill();
      hub = await hubProcess(config);
    }
    const client = new HubClient({ url: hub.queriesUrl });
    ending.push(() => client.close());
    await soon(() => client.count({ dataSet: 'waf', query: { kind: 'all' } })).toBe(records.length);
    expect(await idsIn(client)).toEqual(idsOf(records));
    await expect(client.append([])).rejects.toMatchObject({ code: 'NODE_FORBIDDEN' });
    expect(await hub.stop()).toBe(0);
    const store = await SqliteStore.open({ path: join(directory, 'events.db'), readOnly: true });
    expect((await store.stats()).documents.waf).toBe(records.length);
    await store.close();
  });

  it.each([
    ['store: {}', /1:8: store.*type/],
    ['{store: {type: sqlite, path: e.db}, queries: {listen: nowhere}}', /queries.listen: host:port/],
    ['{store: {type: sqlite, path: e.db}, spool: [x]}', /spool/],
    ['store: {type: sqlite, path: e.db}\nlimits: {queriesMax: 0}', /2:22: limits.queriesMax/],
    ['{store: {type: sqlite, path: e.db}, queries: {listen: "0.0.0.0:0"}}', /HUB_OPEN/],
    ['{', /HUB_CONFIG_INVALID/],
  ])('refuses hub.yaml with %s', async (text, told) => {
    const path = join(directory, 'hub.yaml');
    writeFileSync(path, text);
    const { runHub } = await import('../../packages/cli/src/hub/run-hub.ts');
    await expect(runHub(path, { check: false })).rejects.toThrow(told);
  });
});
