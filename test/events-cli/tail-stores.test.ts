/** `sluice events tail` of stores as they are: what is stored is told once, in the order in which it is stored, however old it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../packages/cli/src/events/open-store.ts';
import { runTail } from '../../packages/cli/src/events/tail.ts';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { makeCertificates } from '../hub/certificates.ts';
import { startHub } from '../hub/stack.ts';
import { event, record, SELECT, speaking } from './support.ts';

const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'sluice-tail-'));
const certificates = makeCertificates();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(certificates.directory, { recursive: true });
});

interface Tail {
  readonly ids: () => readonly string[];
  readonly until: (id: string) => Promise<void>;
  readonly err: () => string;
  readonly end: () => Promise<void>;
}

function tailOf(store: string, variables: NodeJS.ProcessEnv = {}): Tail {
  const all = { SLUICE_STORE: store, ...variables };
  const spoken = speaking(new MemoryStore());
  const over = new AbortController();
  const ended = runTail(
    '',
    { ...SELECT, lines: '1', json: true },
    {
      ...{ ...spoken, variables: all, now: Date.now, open: (address) => openStore(address, all) },
      ...{ signal: over.signal, pollMillis: 20, awayMillisMax: 50 },
    },
  );
  const ids = (): readonly string[] =>
    spoken
      .out()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).event.id);
  return {
    ids,
    err: spoken.err,
    until: (id) => expect.poll(ids, { timeout: 60_000, interval: 20 }).toContain(id),
    end: async () => {
      over.abort();
      await ended;
    },
  };
}

/** The oldest comes last: by their times all but the first would be out of any window. */
const batch = (name: string) =>
  [0, 1, 2].map((at) => {
    const id = `${name}${at}`;
    const time = new Date(Date.now() - at * HOUR).toISOString();
    return record({ ...event({ id }), '@timestamp': time }, id);
  });

const idsOf = (names: string): readonly string[] =>
  [...names].flatMap((name) => [0, 1, 2].map((at) => `${name}${at}`));

async function tells(tail: Tail, append: EventStore['append']): Promise<void> {
  await tail.until('a0');
  for (const name of 'bcd') await append(batch(name));
  await append(batch('b'));
  await append(batch('e'));
  await tail.until('e2');
  await tail.end();
  expect(tail.ids()).toEqual(['a0', ...idsOf('bcde')]);
}

describe('tail', () => {
  it('of a file of SQLite that another writes', async () => {
    const path = join(folder, 'events.db');
    const store = await SqliteStore.open({ path });
    await store.append(batch('a'));
    await tells(tailOf(`sqlite:${path}`), (records) => store.append(records));
    await store.close();
  });

  it.each(ELASTICSEARCH_VERSIONS)('of Elasticsearch %s', async (version) => {
    const node = await sharedElasticsearch(version);
    const namespace = freshNamespace();
    const store = new ElasticsearchStore({ client: { node }, namespace, refresh: true });
    await store.append(batch('a'));
    const tail = tailOf(`elasticsearch:${node}`, { SLUICE_ELASTICSEARCH_NAMESPACE: namespace });
    await tells(tail, (records) => store.append(records));
    await store.close();
  });

  it('of a hub, which tells it live', async () => {
    const stack = await startHub({ store: new MemoryStore(), certificates });
    try {
      await stack.hub.append(batch('a'));
      const tail = tailOf(stack.queriesUrl);
      await expect
        .poll(async () => (await fetch(`${stack.adminUrl}/metrics`)).text(), { timeout: 60_000 })
        .toContain('sluice_hub_tail_clients 1');
      await tells(tail, (records) => stack.hub.append(records));
    } finally {
      await stack.hub.close();
    }
  });

  it('of a hub that has no room for who follows, by asking it', async () => {
    const store = new MemoryStore();
    const stack = await startHub({ store, certificates, limits: { tailClientsMax: 0 } });
    try {
      await store.append(batch('a'));
      const tail = tailOf(stack.queriesUrl);
      await tail.until('a0');
      await stack.hub.append(batch('b').slice(0, 1));
      await tail.until('b0');
      await tail.end();
      expect(tail.ids()).toEqual(['a0', 'b0']);
      expect(tail.err()).toBe('');
    } finally {
      await stack.hub.close();
    }
  });

  it('of a hub, what comes to its store without it, each once', async () => {
    const store = new MemoryStore();
    const stack = await startHub({ store, certificates });
    try {
      await store.append(batch('a'));
      const tail = tailOf(stack.queriesUrl);
      await tail.until('a0');
      await stack.hub.append(batch('b').slice(0, 1));
      await store.append(batch('c').slice(0, 1));
      await tail.until('b0');
      await tail.until('c0');
      await stack.hub.append(batch('d').slice(0, 1));
      await tail.until('d0');
      await tail.end();
      expect(tail.ids().toSorted()).toEqual(['a0', 'b0', 'c0', 'd0']);
    } finally {
      await stack.hub.close();
    }
  });
});
