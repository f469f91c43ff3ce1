import { afterEach } from 'vitest';
import { reloadUnderLoad } from './reloading.ts';
import type { Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { type FaultMode, RELOAD_FAULTS } from './table.ts';

let stand: Stand | null = null;
afterEach(async () => {
  await stand?.stop();
  stand = null;
});

/** Fifty times what a reload takes where all processors are busy. */
const MILLIS_MAX = 1_200_000;

const trials = {
  reload: (mode: FaultMode) =>
    reloadUnderLoad(mode, { reloads: 50, requests: 10_000 }, (started) => {
      stand = started;
    }),
};

tryFaults(RELOAD_FAULTS, trials, MILLIS_MAX);
