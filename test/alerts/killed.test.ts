/** A hub's alerts, killed at each question that they ask the store, and in the middle of a call: told once, and not missed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import type { ChildOrder } from './killed-child.ts';
import { startReceiver } from './receiver.ts';

const CHILD = join(import.meta.dirname, 'killed-child.ts');
const WAIT = { timeout: 30_000, interval: 20 };
/** Longer than a lease. */
const AHEAD_MILLIS = 20_000;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  folders.push(folder);
  return folder;
}

const start = (order: ChildOrder): ChildProcess =>
  spawn(process.execPath, [CHILD, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] });

const hit = (id: string) => ({
  dataSet: 'waf' as const,
  id,
  source: '192.0.2.7',
  document: {
    '@timestamp': new Date(Date.now() - 600_000).toISOString(),
    event: { id },
    rule_info: "[1] ID:'942100'",
    waf: { destination: { namespace: 'shop', owner: 'Deployment/web' } },
  },
});

const KINDS = [
  {
    name: 'SQLite',
    place: async () => ({ path: join(freshFolder(), 'events.db') }),
    open: (place: ChildOrder['store']): Promise<EventStore> =>
      SqliteStore.open({ path: 'path' in place ? place.path : '' }),
  },
  {
    name: 'Elasticsearch',
    place: async () => ({ node: await sharedElasticsearch('8.19.8'), namespace: freshNamespace() }),
    open: async (place: ChildOrder['store']): Promise<EventStore> =>
      new ElasticsearchStore({
        client: { node: 'node' in place ? place.node : '' },
        namespace: 'node' in place ? place.namespace : '',
        refresh: true,
      }),
  },
];

describe.each(KINDS)('alerts on $name that are killed', ({ place, open }) => {
  let store: ChildOrder['store'];
  beforeAll(async () => {
    store = await place();
    const opened = await open(store);
    await opened.append([hit('a'), hit('b'), hit('c')]);
    await opened.close();
  }, 120_000);

  const points = [1, 2, 3, 4, 5].flatMap((killAt) =>
    (['before', 'behind'] as const).map((when) => ({ killAt, when })),
  );

  it.each(points)(
    '$when question $killAt tell once',
    async ({ killAt, when }) => {
      const receiver = await startReceiver();
      const order = { folder: freshFolder(), store, url: receiver.url, when };
      const first = start({ ...order, killAt, aheadMillis: 0 });
      const [, signal] = await once(first, 'exit');
      expect(signal).toBe('SIGKILL');
      const second = start({ ...order, killAt: null, aheadMillis: AHEAD_MILLIS });
      try {
        await vi.waitFor(() => expect(receiver.taken.size).toBe(1), WAIT);
        expect([...receiver.taken.values()]).toMatchObject([{ state: 'firing', count: 3 }]);
        await vi.waitFor(async () => expect(await documents(open, store)).toBe(1), WAIT);
      } finally {
        second.kill('SIGKILL');
        await once(second, 'exit');
        receiver.close();
      }
      expect(receiver.taken.size).toBe(1);
    },
    90_000,
  );

  it('in the middle of a call make it again under the same key', async () => {
    const receiver = await startReceiver(['kill']);
    const order = { folder: freshFolder(), store, url: receiver.url, killAt: null, when: 'before' } as const;
    const first = start({ ...order, aheadMillis: 0 });
    await vi.waitFor(() => expect(receiver.seen).toHaveLength(1), WAIT);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const second = start({ ...order, aheadMillis: AHEAD_MILLIS });
    try {
      await vi.waitFor(() => expect(receiver.seen).toHaveLength(2), WAIT);
      const keys = receiver.seen.map(({ headers }) => headers['idempotency-key']);
      expect(keys[0]).toBe(keys[1]);
    } finally {
      second.kill('SIGKILL');
      await once(second, 'exit');
      receiver.close();
    }
  }, 90_000);
});

async function documents(
  open: (place: ChildOrder['store']) => Promise<EventStore>,
  place: ChildOrder['store'],
): Promise<number> {
  const store = await open(place);
  try {
    return await store.count({ dataSet: 'alert', query: { kind: 'all' } });
  } finally {
    await store.close();
  }
}
