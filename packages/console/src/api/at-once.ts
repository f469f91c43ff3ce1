/** How many of what costs much may be under way at once. */
import { HubError } from '@sluice/hub';

/** @throws HubError HUB_BUSY; what `ask` throws */
export type Bounded = <T>(ask: () => Promise<T>) => Promise<T>;

/** Refuses what is one more at once than there may be: whoever asks again finds room, or not. */
export function atOnce(what: string, max: number): Bounded {
  let running = 0;
  return async (ask) => {
    if (running >= max) throw new HubError('HUB_BUSY', { what });
    running += 1;
    try {
      return await ask();
    } finally {
      running -= 1;
    }
  };
}
