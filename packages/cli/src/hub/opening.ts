/** The store of a hub that begins: one of an older layout takes its time, in which the hub says that it lives. */
import { type EventStore, type HubConfig, StartingAdmin } from '@sluice/hub';
import { reasonOf } from '@sluice/server';
import type { Logger } from 'pino';
import { openHubStore } from './open-store.ts';

/** @throws HubError STORE_FILE, STORE_UNAVAILABLE, HUB_FILE */
export async function openingStore({ store, admin }: HubConfig, log: Logger): Promise<EventStore> {
  let starting: StartingAdmin | null = null;
  let listening: Promise<void> = Promise.resolve();
  try {
    return await openHubStore(store, log, ({ done, of, says }) => {
      if (admin === false) return;
      if (starting === null) {
        starting = new StartingAdmin(log);
        listening = listen(starting, admin.listen, log);
      }
      starting.say(`the store is brought to the layout of this version: ${done} of ${of} steps, ${says}`);
    });
  } finally {
    await listening;
    // Its address is the hub's next.
    await (starting as StartingAdmin | null)?.close();
  }
}

/** Who cannot be probed can be opened all the same; the hub says why nobody can listen there. */
async function listen(
  starting: StartingAdmin,
  address: Parameters<StartingAdmin['listen']>[0],
  log: Logger,
): Promise<void> {
  try {
    const port = await starting.listen(address);
    log.info({ admin: port }, 'the store is opened; until then the admin address says how far');
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'nobody can be told that the store is still opened');
  }
}
