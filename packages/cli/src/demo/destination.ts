/** Where the demo's events end up: a file of SQLite, or an Elasticsearch that it starts. */
import { type EventStore, SqliteStore } from '@sluice/hub';
import { ElasticsearchStore } from '@sluice/hub/elasticsearch';
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

/** Events are those of a demo: some thousands at the most. */
const COPY_DOCUMENTS = 500;

export const openDestination = (kind: DemoStoreKind, run: Run): Promise<Destination> =>
  kind === 'sqlite' ? openSqlite(run) : openElasticsearch(run);
