/** Opens the store at an address: the only place that knows which there are. */
import type { EventStore } from '@sluice/hub';
import { describeAddress, type StoreAddress } from './address.ts';
import { EventsError } from './errors.ts';

/** @throws EventsError EVENTS_NO_STORE, and the errors of stores */
export async function openStore(address: StoreAddress): Promise<EventStore> {
  throw new EventsError('EVENTS_NO_STORE', { reason: `nothing opens ${describeAddress(address)}` });
}
