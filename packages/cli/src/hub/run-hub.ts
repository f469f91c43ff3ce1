/** The life of `sluice hub`: open the store, listen, read spools, and drain on a signal. */
import { join } from 'node:path';
import { ConsoleError } from '@sluice/console';
import { type ConsoleConfig, type EventStore, Hub, type HubConfig, loadHubConfig } from '@sluice/hub';
import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { FileDesk } from '../console/desk.ts';
import { endInAnyCase, toldToEnd } from '../process-end.ts';
import { type HubAlerts, openAlerts } from './alerts.ts';
import { openNodeTokens } from './node-tokens.ts';
import { openingStore } from './opening.ts';
import { readSpools, type SpoolReading } from './read-spools.ts';
import { type RunningConsole, startConsole, welcomeOf } from './run-console.ts';

/** Beside the time of a drain: to commit, to close the store, and to write the last lines. */
const OVERDUE_MILLIS = 10_000;

export interface HubFlags {
  readonly check: boolean;
}

/** Resolves when the hub has ended, by a signal. @throws HubError, ShipperError, SpoolError */
export async function runHub(path: string, { check }: HubFlags): Promise<void> {
  const config = loadHubConfig(path);
  if (check) {
    process.stdout.write(`${path} is good: events in ${config.store.type}\n`);
    return;
  }
  const options = {
    level: config.log.level,
    base: { service: 'sluice-hub' },
    timestamp: stdTimeFunctions.isoTime,
  };
  const log = pino(options, destination({ dest: 2, sync: true }));
  const store = await openingStore(config, log);
  try {
    await serveStore(config, store, log);
  } finally {
    await store.close();
  }
  log.info('stopped');
}

async function serveStore(config: HubConfig, store: EventStore, log: Logger): Promise<void> {
  const tokens =
    config.nodes === false || config.nodes.tokens === false ? null : openNodeTokens(config.nodes.tokens);
  const alerts = openAlerts(config, store, log);
  const hub = new Hub({
    ...{ config, store, log, alerts: alerts.desk },
    ...(tokens !== null && { nodeTokens: tokens }),
  });
  hub.metrics.addProcessMetrics();
  let running: RunningConsole | null = null;
  const refresh = (): void => {
    hub.refreshFiles();
    alerts.refresh();
    if (running === null) return;
    running.console.refreshTls();
    inviteAgain(config, running, log);
  };
  let reading: SpoolReading | null = null;
  process.on('SIGHUP', refresh);
  try {
    const ended = toldToEnd('SIGTERM', 'SIGINT');
    const addresses = await hub.start();
    running = await consoleOf(config, { hub, store, log, alerts });
    reading = await readSpools(config, hub, log);
    alerts.start();
    log.info({ ...addresses, store: store.kind }, 'listening');
    log.info({ signal: await Promise.race([ended, reading.failed]) }, 'draining');
    endInAnyCase(config.limits.drainMillisMax + OVERDUE_MILLIS);
  } finally {
    process.off('SIGHUP', refresh);
    const millis = config.limits.drainMillisMax;
    await Promise.all([reading?.stop(millis), running?.close(millis), hub.close(), alerts.stop()]);
  }
}

interface Running {
  readonly hub: Hub;
  readonly store: EventStore;
  readonly log: Logger;
  readonly alerts: HubAlerts;
}

const WELCOME = 'console-welcome';

async function consoleOf(
  config: HubConfig,
  { hub, store, log, alerts }: Running,
): Promise<RunningConsole | null> {
  if (config.console === false) return null;
  const { requestMillisMax } = config.limits;
  const desk = new FileDesk({ file: config.console.policies ?? null, store, log });
  const settings = { ...config.console, welcome: welcomeFile(config, config.console) };
  const parts = { hub, store, log, requestMillisMax, desk, alerts };
  const running = await startConsole({ ...parts, config: settings });
  log.info({ url: running.url }, 'the console listens');
  tellFirst(running, settings.welcome, log);
  return running;
}

/** The token is shown to who looks at a terminal. Without one standard output is a log, which others read. */
function welcomeFile({ state }: HubConfig, { welcome }: ConsoleConfig): string | undefined {
  return welcome ?? (process.stdout.isTTY ? undefined : join(state, WELCOME));
}

function tellFirst(
  { url, welcome }: Pick<RunningConsole, 'url' | 'welcome'>,
  file: string | undefined,
  log: Logger,
): void {
  if (welcome === url) return;
  if (file !== undefined) log.info({ file }, 'the address for the first user is in a file, for an hour');
  else
    process.stdout.write(
      `The console has no user yet. Make the first one within an hour, here:\n  ${welcome}\n`,
    );
}

/** At SIGHUP another token, where the first user is still to be made. */
function inviteAgain(config: HubConfig, { console, url }: RunningConsole, log: Logger): void {
  if (config.console === false) return;
  try {
    const welcome = welcomeOf(url, console.invite());
    tellFirst({ url, welcome }, welcomeFile(config, config.console), log);
  } catch (error) {
    if (!(error instanceof ConsoleError)) throw error;
    log.error(
      { code: error.code, reason: error.message },
      'nobody can be told of a token for the first user',
    );
  }
}
