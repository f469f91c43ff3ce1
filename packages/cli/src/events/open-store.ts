/** Opens the store at an address: the only place that knows which there are. */
import { existsSync } from 'node:fs';
import { ElasticsearchStore, type EventStore, HubClient, SqliteStore } from '@sluice/hub';
import type { StoreAddress } from './address.ts';
import { EventsError } from './errors.ts';

/** Last part of the data streams' names, where nothing else is said. */
const NAMESPACE = 'default';

/**
 * Reaches nobody yet but for a file.
 * @throws EventsError EVENTS_NO_STORE, and the errors of stores
 */
export async function openStore(address: StoreAddress, variables: NodeJS.ProcessEnv): Promise<EventStore> {
  switch (address.kind) {
    case 'sqlite':
      // Whoever asks does not make a file, and takes nothing from who writes.
      if (existsSync(address.path)) return SqliteStore.open({ path: address.path, readOnly: true });
      throw new EventsError('EVENTS_NO_STORE', { reason: `${address.path} does not exist` });
    case 'hub': {
      const { SLUICE_HUB_TOKEN: token } = variables;
      return new HubClient({ url: address.url, ...(token ? { token } : {}) });
    }
    case 'elasticsearch':
      return openElasticsearch(address.url, variables);
  }
}

/** As `openStore`, and what is appended is stored; a hub takes it from nodes alone. */
export async function openStoreToWrite(
  address: StoreAddress,
  variables: NodeJS.ProcessEnv,
): Promise<EventStore> {
  const isFile = address.kind === 'sqlite' && existsSync(address.path);
  return isFile ? SqliteStore.open({ path: address.path }) : openStore(address, variables);
}

function openElasticsearch(address: string, variables: NodeJS.ProcessEnv): ElasticsearchStore {
  const { SLUICE_ELASTICSEARCH_API_KEY: apiKey, SLUICE_ELASTICSEARCH_NAMESPACE: namespace } = variables;
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const user = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  const auth = apiKey ? { apiKey } : username === '' ? null : user;
  return new ElasticsearchStore({
    client: { node: url.href, ...(auth === null ? {} : { auth }) },
    namespace: namespace || NAMESPACE,
  });
}
