/** Waits for the demo's own Sluice, which runs in this process, to take its file over. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ReloadStatus } from '@sluice/server';
import type { AwaitReload } from '../promote/edit.ts';
import { DemoError } from './errors.ts';

const POLL_MILLIS = 20;
const RELOAD_MILLIS_MAX = 120_000;

/** @param statusOf undefined where it does not run */
export const reloadAwaiter =
  (statusOf: () => ReloadStatus | undefined): AwaitReload =>
  async (_config, sinceMillis) => {
    const until = performance.now() + RELOAD_MILLIS_MAX;
    while (performance.now() < until) {
      const last = statusOf()?.last ?? null;
      if (last !== null && last.atMillis >= sinceMillis) return last;
      await pause(POLL_MILLIS);
    }
    throw new DemoError('DEMO_PART_LOST', { what: 'Sluice does not take its changed configuration up' });
  };
