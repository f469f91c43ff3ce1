/** The hub, asked by its client, answers as any store does. */
import { rmSync } from 'node:fs';
import { type EventStore, HubClient, HubError, type StoredDocument } from '@sluice/hub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEventStore } from '../event-store/contract.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { recordOf, recordsOf } from './documents.ts';
import { soon } from './soon.ts';
import { type HubStack, startHub } from './stack.ts';
import { TestStore } from './test-store.ts';

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => rmSync(certificates.directory, { recursive: true }));

/** What is appended comes from a spool of the hub's machine: the hub adds nothing to it. */
async function openThroughHub(): Promise<EventStore> {
  const { hub, queriesUrl } = await startHub({ store: new MemoryStore(), certificates });
  const client = new HubClient({ url: queriesUrl });
  return {
    kind: 'hub',
    append: (records) => hub.append(records),
    search: (request) => client.search(request),
    count: (selection) => client.count(selection),
    aggregate: (request) => client.aggregate(request),
    get: (dataSet, id) => client.get(dataSet, id),
    stats: () => client.stats(),
    async close() {
      await client.close();
      await hub.close();
    },
  };
}

describeEventStore('a hub', openThroughHub, { queries: 100 });

describe('a client', () => {
  let store: TestStore;
  let stack: HubStack;

  const withClient = async (
    use: (client: HubClient) => Promise<void>,
    options: object = {},
  ): Promise<void> => {
    store = new TestStore();
    stack = await startHub({ store, certificates });
    const client = new HubClient({ url: stack.queriesUrl, ...options });
    try {
      await use(client);
    } finally {
      await client.close();
      await stack.hub.close();
    }
  };
  const all = { dataSet: 'waf', query: { kind: 'all' } } as const;

  it('raises the errors that the hub raised', () =>
    withClient(async (client) => {
      const unknown = client.search({ ...all, size: 1, sort: { field: 'nothing', order: 'asc' } });
      await expect(unknown).rejects.toMatchObject({ code: 'QUERY_FIELD', details: { dataSet: 'waf' } });
      store.away = true;
      await expect(client.count(all)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(client.append([])).rejects.toMatchObject({ code: 'NODE_FORBIDDEN' });
    }));

  it('says that the store is away where the hub is', async () => {
    const client = new HubClient({ url: 'http://127.0.0.1:9' });
    await expect(client.count(all)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(client.count(all)).rejects.toBeInstanceOf(HubError);
    await client.close();
  });

  it('delivers where it has the certificate of a node', async () => {
    const seen: unknown[] = [];
    await withClient(async () => {
      const deliver = { url: stack.nodesUrl, tls: certificates.of('node-a') };
      const client = new HubClient({ url: stack.queriesUrl, deliver });
      seen.push(
        await client.append(recordsOf('node-a', 0, 2)),
        await client.append(recordsOf('node-a', 1, 1)),
      );
      seen.push((await client.hubStats()).nodes.map(({ node }) => node));
      await client.close();
    });
    expect(seen).toEqual([[{ kind: 'stored' }, { kind: 'stored' }], [{ kind: 'duplicate' }], ['node-a']]);
  });

  it('follows until it is told to stop, or the hub ends', () =>
    withClient(async (client) => {
      const stop = new AbortController();
      const seen: StoredDocument[] = [];
      const following = (async () => {
        for await (const event of client.tail(all, stop.signal)) {
          if (event.kind === 'document') seen.push(event.stored);
        }
      })();
      await soon(async () =>
        (await (await fetch(`${stack.adminUrl}/metrics`)).text()).includes('sluice_hub_tail_clients 1'),
      ).toBe(true);
      await stack.hub.append(
        recordsOf('node-ä', 0, 3).map((record, index) => ({
          ...record,
          id: `${index}`,
          document: { ...record.document, event: { id: `${index}` } },
        })),
      );
      await soon(() => seen.map(({ id }) => id)).toEqual(['0', '1', '2']);
      expect(seen[0]?.document.host).toBe('node-ä');
      stop.abort();
      await following;
      const ended = (async () => {
        for await (const _ of client.tail(all, new AbortController().signal))
          throw new Error('nothing was to come');
        return 'ended';
      })();
      await soon(async () =>
        (await (await fetch(`${stack.adminUrl}/metrics`)).text()).includes('sluice_hub_tail_clients 1'),
      ).toBe(true);
      await stack.hub.close();
      expect(await ended).toBe('ended');
    }));

  it('refuses what is no answer of a hub', () =>
    withClient(async () => {
      const client = new HubClient({ url: stack.adminUrl });
      await expect(client.count(all)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
      await client.close();
      await stack.hub.append([recordOf('node-a', 1)]);
    }));
});
