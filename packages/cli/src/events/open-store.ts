/** Opens the store at an address: the only place that knows which there are. */
import { existsSync } from 'node:fs';
import { type EventStore, HubClient, SqliteStore } from '@sluice/hub';
import type { StoreAddress } from './address.ts';
import { EventsError } from './errors.ts';

/** @throws EventsError EVENTS_NO_STORE, and the errors of stores */
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
      throw new EventsError('EVENTS_NO_STORE', { reason: `nothing asks ${address.url}` });
  }
}
