import { afterEach } from 'vitest';
import { reloadUnderLoad } from './reloading.ts';
import type { Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { RELOAD_FAULTS } from './table.ts';

let stand: Stand | null = null;
afterEach(async () => {
  await stand?.stop();
  stand = null;
});

tryFaults(RELOAD_FAULTS, {
  reload: (mode) =>
    reloadUnderLoad(mode, { reloads: 50, requests: 10_000 }, (started) => {
      stand = started;
    }),
});
