/** A hub with its console on a store of SQLite, and those who are signed in to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertPlaces, type Cluster, Console, Pages, type PolicyDesk } from '@sluice/console';
import {
  AlertBook,
  AlertDesk,
  AlertRunner,
  defineAlert,
  type EventStore,
  Hub,
  parseHubConfig,
  SqliteStore,
  type WebhookConfig,
} from '@sluice/hub';
import type { SpoolRecord } from '@sluice/spool';
import { pino } from 'pino';

export const PASSWORD = 'correct horse battery';

export interface ConsoleStand {
  readonly console: Console;
  readonly hub: Hub;
  readonly store: EventStore;
  readonly url: string;
  readonly token: string;
  readonly directory: string;
  readonly log: () => string;
  close(): Promise<void>;
}

export interface StandOptions {
  /** Of `console` in hub.yaml, beside the address. */
  readonly console?: object;
  readonly cluster?: Cluster;
  readonly alertPlaces?: AlertPlaces;
  /** Beside hub.yaml, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is asked of policies; without it the console knows none. */
  readonly deskOf?: (store: EventStore, directory: string) => PolicyDesk;
  /** One of its own on SQLite unless given. */
  readonly store?: EventStore;
  /** Specs by name; none: a hub without alerts. */
  readonly alerts?: Readonly<Record<string, unknown>>;
  readonly webhooks?: Readonly<Record<string, WebhookConfig>>;
  /** Of alerts, in milliseconds since the epoch. */
  readonly now?: () => number;
}

interface StandAlerts {
  readonly desk: AlertDesk;
  stop(): Promise<void>;
}

function standAlerts(
  { alerts = {}, webhooks = {}, now = () => Date.now() }: StandOptions,
  store: EventStore,
  directory: string,
): StandAlerts {
  const book = AlertBook.open(join(directory, 'alerts.db'));
  const log = { info: () => undefined, warn: () => undefined };
  const runner = new AlertRunner({ store, book, log, holder: 'stand', webhooks, now });
  const definitions = Object.entries(alerts).map(([name, spec]) => defineAlert(name, spec));
  runner.use('stand', { definitions, faults: [] });
  runner.start();
  return {
    desk: new AlertDesk(runner, { book, store }),
    async stop() {
      await runner.stop();
      book.close();
    },
  };
}

export async function startConsoleStand(options: StandOptions = {}): Promise<ConsoleStand> {
  const { store: given, console: more = {}, cluster, alertPlaces = {}, files = {}, deskOf } = options;
  const directory = mkdtempSync(join(tmpdir(), 'sluice-console-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const store = given ?? (await SqliteStore.open({ path: join(directory, 'events.db') }));
  const alerts = options.alerts === undefined ? null : standAlerts(options, store, directory);
  const settings = {
    queries: { listen: '127.0.0.1:0' },
    admin: false,
    console: { listen: '127.0.0.1:0', firstUser: true, ...more },
    store: { type: 'sqlite', path: 'events.db' },
  };
  const config = parseHubConfig(JSON.stringify(settings), join(directory, 'hub.yaml'));
  if (config.console === false) throw new TypeError('no console');
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const hub = new Hub({ config, store, log, ...(alerts === null ? {} : { alerts: alerts.desk }) });
  await hub.start();
  const web = new Console({
    config: config.console,
    hub,
    store,
    log,
    pages: new Pages(),
    alertPlaces,
    requestMillisMax: 60_000,
    ...(deskOf === undefined ? {} : { desk: deskOf(store, directory) }),
    ...(cluster === undefined ? {} : { cluster }),
  });
  const { port, token } = await web.start();
  return {
    ...{ console: web, hub, store, directory },
    url: `http://127.0.0.1:${port}`,
    token: token ?? '',
    log: () => lines.join(''),
    close: async () => {
      await Promise.all([web.close(0), hub.close(), alerts?.stop()]);
      if (given === undefined) await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const BATCH = 2_000;

export async function store(into: EventStore, records: Iterable<SpoolRecord>): Promise<void> {
  let batch: SpoolRecord[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length < BATCH) continue;
    await into.append(batch);
    batch = [];
  }
  await into.append(batch);
}

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** One who asks, with the cookie and the token of a session, as a browser on a page of the console does. */
export class Visitor {
  readonly #url: string;
  cookie = '';
  csrf = '';

  constructor(url: string) {
    this.#url = url;
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'x-sluice-csrf': this.csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const cookie = answer.headers.getSetCookie()[0];
    if (cookie !== undefined) this.cookie = cookie.replace(/;.*/s, '');
    const text = await answer.text();
    const json: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
    const parsed = json as Readonly<Record<string, unknown>>;
    if (typeof parsed.csrf === 'string') this.csrf = parsed.csrf;
    return { status: answer.status, body: parsed, headers: answer.headers };
  }

  codeOf({ body }: Answered): unknown {
    return Object(body.error).code;
  }

  signIn(name: string, password = PASSWORD): Promise<Answered> {
    return this.ask('POST', '/api/session', { name, password });
  }
}

/** The first user, an admin of all. */
export async function admin(stand: Pick<ConsoleStand, 'url' | 'token'>): Promise<Visitor> {
  const visitor = new Visitor(stand.url);
  const made = await visitor.ask('POST', '/api/bootstrap', {
    token: stand.token,
    name: 'root',
    password: PASSWORD,
  });
  if (made.status !== 200) throw new TypeError(`no first user: ${JSON.stringify(made.body)}`);
  return visitor;
}
