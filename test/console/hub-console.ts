/** A hub with alerts and its console, put together as `sluice hub` does it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, Hub, parseHubConfig, SqliteStore } from '@sluice/hub';
import { pino } from 'pino';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { openAlerts } from '../../packages/cli/src/hub/alerts.ts';
import { startConsole } from '../../packages/cli/src/hub/run-console.ts';

export interface HubConsole {
  /** Without a slash at its end. */
  readonly url: string;
  /** For the first user. */
  readonly token: string;
  readonly store: EventStore;
  readonly directory: string;
  close(): Promise<void>;
}

/** @param settings of hub.yaml, beside addresses and the store; paths are from the folder of the hub */
export async function startHubConsole(settings: {
  readonly console: object;
  readonly alerts?: object;
  readonly directory?: string;
}): Promise<HubConsole> {
  const directory = settings.directory ?? mkdtempSync(join(tmpdir(), 'sluice-hub-console-'));
  const text = JSON.stringify({
    ...{ queries: { listen: '127.0.0.1:0' }, admin: false, store: { type: 'sqlite', path: 'events.db' } },
    alerts: settings.alerts ?? {},
    console: { listen: '127.0.0.1:0', ...settings.console },
  });
  const config = parseHubConfig(text, join(directory, 'hub.yaml'));
  if (config.console === false) throw new TypeError('no console');
  const log = pino({ level: 'silent' });
  const store = await SqliteStore.open({ path: join(directory, 'events.db') });
  const alerts = openAlerts(config, store, log);
  const hub = new Hub({ config, store, log, alerts: alerts.desk });
  await hub.start();
  const desk = new FileDesk({ file: null, store, log });
  const { console } = config;
  const running = await startConsole({
    config: console,
    hub,
    store,
    log,
    requestMillisMax: 60_000,
    desk,
    alerts,
  });
  alerts.start();
  return {
    ...{ store, directory, url: running.url.replace(/\/$/, '') },
    token: running.welcome.split('#')[1] ?? '',
    close: async () => {
      await Promise.all([running.close(0), hub.close(), alerts.stop()]);
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
