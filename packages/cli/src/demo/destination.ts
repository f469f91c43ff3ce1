/** Where the demo's events end up: a file of SQLite, or an Elasticsearch that it starts. */
import { ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import { DATA_SETS } from '@sluice/spool';
import { startElasticsearch } from '../elasticsearch/process.ts';
import { pagesOf } from '../events/search.ts';
import type { Run } from './runs.ts';

export type DemoStoreKind = 'sqlite' | 'elasticsearch';

export interface Destination {
  readonly store: EventStore;
  /** As `sluice events --store` takes it. */
  readonly address: string;
  /** @returns the address of what is left of it */
  close(): Promise<string>;
}

const VERSION = '8.19.8';
const COPY_DOCUMENTS = 500;

/** @throws HubError, ElasticsearchError */
export const openDestination = (kind: DemoStoreKind, run: Run): Promise<Destination> =>
  kind === 'sqlite' ? openSqlite(run) : openElasticsearch(run);

async function openSqlite(run: Run): Promise<Destination> {
  const path = run.join('events.db');
  const store = await SqliteStore.open({ path });
  const address = `sqlite:${path}`;
  return {
    store,
    address,
    close: async () => {
      await store.close();
      return address;
    },
  };
}

/** It begins with what an earlier demo has left in a file, and leaves what it has in one, too. */
async function openElasticsearch(run: Run): Promise<Destination> {
  const server = await startElasticsearch({ version: VERSION });
  const store = new ElasticsearchStore({ client: { node: server.url }, namespace: 'default', refresh: true });
  const copy = async (work: (file: EventStore) => Promise<void>): Promise<string> => {
    const file = await openSqlite(run);
    try {
      await work(file.store);
    } finally {
      await file.close();
    }
    return file.address;
  };
  try {
    await copy((file) => copyAll(file, store));
  } catch (error) {
    await store.close();
    await server.stop();
    throw error;
  }
  return {
    store,
    address: `elasticsearch:${server.url}`,
    close: async () => {
      try {
        return await copy((file) => copyAll(store, file));
      } finally {
        await store.close();
        await server.stop();
      }
    },
  };
}

/** Each document once, however often it is copied: it keeps its id. */
async function copyAll(from: EventStore, to: EventStore): Promise<void> {
  const sort = { field: '@timestamp', order: 'asc' } as const;
  for (const dataSet of DATA_SETS) {
    const request = { dataSet, query: { kind: 'all' }, sort, size: COPY_DOCUMENTS } as const;
    for await (const { documents } of pagesOf(from, request, true)) {
      await to.append(documents.map(({ id, document }) => ({ dataSet, id, source: '', document })));
    }
  }
}
