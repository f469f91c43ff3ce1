/** Alerts of a hub: definitions from files, what they remember, and whom they tell. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  AlertBook,
  AlertDesk,
  AlertRunner,
  type AlertsOf,
  type EventStore,
  type HubConfig,
  HubError,
  type OwnEvent,
  ownRecord,
  readAlerts,
} from '@sluice/hub';
import type { Logger } from 'pino';
import { quarantineBy } from './alert-quarantine.ts';
import { ClusterAlerts } from './cluster-alerts.ts';

export interface HubAlerts {
  readonly desk: AlertDesk;
  /** What the hub reads: of alerts.files, and the console's own folder. */
  readonly files: readonly string[];
  start(): void;
  /** Files of alerts are read again. */
  refresh(): void;
  stop(): Promise<void>;
}

const BOOK = 'alerts.db';
/** Only the user of the hub reads what alerts remember. */
const FOLDER_MODE = 0o700;

/** @throws ControllerError KUBECONFIG_ABSENT, HubError STORE_FILE, HUB_FILE where a path of alerts cannot be read */
export function openAlerts(
  {
    alerts: { files: named, webhooks, kubernetes },
    state,
    console,
  }: Pick<HubConfig, 'alerts' | 'state'> & Partial<Pick<HubConfig, 'console'>>,
  store: EventStore,
  log: Logger,
): HubAlerts {
  mkdirSync(state, { recursive: true, mode: FOLDER_MODE });
  const own = console === false || console === undefined ? undefined : console.alerts;
  if (own !== undefined) mkdirSync(own, { recursive: true, mode: FOLDER_MODE });
  const files = [...new Set([...named, ...(own === undefined ? [] : [own])])];
  const book = AlertBook.open(join(state, BOOK));
  const holder = `${hostname()}/${process.pid}/${randomUUID()}`;
  const keep = (event: OwnEvent): void => {
    store.append([ownRecord(event)]).catch((error: unknown) => {
      log.warn({ action: event.action, reason: String(error) }, 'what was seen cannot be kept');
    });
  };
  const changed = (): void => {
    const found = cluster?.read() ?? null;
    if (found !== null) runner.use('kubernetes', found);
  };
  const cluster = kubernetes === false ? null : new ClusterAlerts(kubernetes, { log, changed, keep });
  const runner = new AlertRunner({
    ...{ store, book, log, holder, webhooks },
    ...(kubernetes === false || cluster === null
      ? {}
      : { quarantine: quarantineBy(cluster.api, kubernetes.namespace) }),
    onStatus: (definition, status) => cluster?.tell(definition, status),
  });
  const read = (): AlertsOf => readFiles(files, log);
  try {
    runner.use('files', read());
  } catch (error) {
    book.close();
    throw error;
  }
  return {
    desk: new AlertDesk(runner, { book, store }),
    files,
    start() {
      cluster?.start();
      runner.start();
    },
    refresh() {
      try {
        runner.use('files', read());
        log.info({ alerts: runner.alerts.definitions.length }, 'alerts were read again');
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        log.error({ code: error.code, reason: error.message }, 'alerts cannot be read; those before stay');
      }
    },
    async stop() {
      await runner.stop();
      await cluster?.stop();
      book.close();
    },
  };
}

function readFiles(files: readonly string[], log: Logger): AlertsOf {
  const { definitions, faults } = readAlerts(files);
  for (const { code, message } of faults) log.error({ code, reason: message }, 'an alert is not in force');
  return { definitions, faults: faults.map(({ message }) => message) };
}
