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
    reloadUnderLoad(mode, { reloads: 3, requests: 1_000 }, (started) => {
      stand = started;
    }),
});
