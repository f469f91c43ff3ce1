/**
 * What the demo runs: the shop, Sluice in this process, Envoy in front of the shop asking Sluice, and what keeps Sluice's
 * events.
 */

import { writeFileSync } from 'node:fs';
import { proxyBootstrap } from '@sluice/envoy-config';
import { Hub, parseHubConfig } from '@sluice/hub';
import { createLog, loadConfig, type SluiceServer } from '@sluice/server';
import { stringify } from 'yaml';
import { FileDesk } from '../console/desk.ts';
import { type EnvoyProcess, startEnvoy } from '../envoy/process.ts';
import { TemporaryDirectory } from '../envoy/temporary.ts';
import { type RunningConsole, startConsole } from '../hub/run-console.ts';
import type { Reloading } from '../serve/reloading.ts';
import { serve } from '../serve/serve.ts';
import { DemoAlerts, type FiringAlert, STORY_ALERT } from './alerts.ts';
import { type DemoStoreKind, type Destination, openDestination } from './destination.ts';
import { DemoError } from './errors.ts';
import { EventFeed } from './events.ts';
import { Keeper } from './keeper.ts';
import { reloadAwaiter } from './reloaded.ts';
import { Run } from './runs.ts';
import { type Shop, startShop } from './shop.ts';

export type DemoMode = 'Detect' | 'Block';

export interface StageOptions {
  readonly mode: DemoMode;
  /** Where Envoy listens; 0 takes a free port. */
  readonly port: number;
  readonly shopPort: number;
  readonly store: DemoStoreKind;
  /** Whether what the last demo has stored stays. */
  readonly keep: boolean;
}

export interface StartupMillis {
  /** Opening the store, or starting its server. */
  readonly store: number;
  /** Reading and compiling the rules, and listening. */
  readonly rules: number;
  readonly envoy: number;
  readonly total: number;
}

const LISTENER = 'shop';
const POLICIES_FILE = 'sluice.yaml';
/** The demo's machine may be busy with anything; a verdict takes about a millisecond. */
const VERDICT_MILLIS_MAX = 10_000;

export class Stage {
  readonly events = new EventFeed();
  readonly mode: DemoMode;
  #directory: TemporaryDirectory | null = null;
  #shop: Shop | null = null;
  #sluice: SluiceServer | null = null;
  #reloading: Reloading | null = null;
  #envoy: EnvoyProcess | null = null;
  #run: Run | null = null;
  #destination: Destination | null = null;
  #keeper: Keeper | null = null;
  #hub: Hub | null = null;
  #hubPort = 0;
  #alerts: DemoAlerts | null = null;
  #console: RunningConsole | null = null;
  #stopped: Promise<void> | null = null;
  #millis: StartupMillis = { store: 0, rules: 0, envoy: 0, total: 0 };

  constructor(mode: DemoMode) {
    this.mode = mode;
  }

  get startup(): StartupMillis {
    return this.#millis;
  }

  get protectedPort(): number {
    return this.#envoy?.listener(LISTENER).port ?? 0;
  }

  /** Where events are kept, as `sluice events --store` takes it. */
  get storeAddress(): string {
    return this.#destination?.address ?? '';
  }

  /** Address of the console, with the token for its first user. */
  get consoleUrl(): string {
    return this.#console?.welcome ?? '';
  }

  /** Of the hub, as `sluice alerts --hub` takes it. */
  get hubUrl(): string {
    return `http://127.0.0.1:${this.#hubPort}`;
  }

  get shopPort(): number {
    return this.#shop?.port ?? 0;
  }

  /** Starts everything, or stops what it has started and rejects with why: an error of engine, server or Envoy. */
  async start({ port, shopPort, store, keep }: StageOptions): Promise<void> {
    const startedAt = performance.now();
    try {
      this.#directory = new TemporaryDirectory('sluice-demo-');
      const socket = this.#directory.join('sluice.sock');
      const shop = await startShop(shopPort);
      this.#shop = shop;
      await this.#startKeeping(store, keep);
      const rulesAt = performance.now();
      this.#sluice = await this.#startSluice(socket);
      const envoyAt = performance.now();
      const policy = { name: 'default', mode: this.mode, unavailable: 'Closed' } as const;
      const listener = { name: LISTENER, host: '127.0.0.1', port, upstream: shop, policy };
      this.#envoy = await startEnvoy({
        bootstrap: proxyBootstrap({
          listeners: [listener],
          sluiceSockets: [socket],
          verdictMillis: VERDICT_MILLIS_MAX,
        }),
      });
      const now = performance.now();
      this.#millis = {
        store: Math.round(rulesAt - startedAt),
        rules: Math.round(envoyAt - rulesAt),
        envoy: Math.round(now - envoyAt),
        total: Math.round(now - startedAt),
      };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #startKeeping(kind: DemoStoreKind, keep: boolean): Promise<void> {
    const run = Run.begin(process.env, keep);
    this.#run = run;
    const destination = await openDestination(kind, run);
    this.#destination = destination;
    const keeper = await Keeper.open(run, destination.store, createLog('error', process.stderr));
    this.#keeper = keeper;
    this.events.keepIn(keeper);
    run.announce(destination.address);
    await this.#startHub(run, destination);
  }

  async #startHub(run: Run, { store }: Destination): Promise<void> {
    const settings = {
      queries: { listen: '127.0.0.1:0' },
      admin: false,
      console: {
        ...{ listen: '127.0.0.1:0', users: 'console-users.json', audit: 'console-audit.ndjson' },
        alerts: 'console-alerts',
      },
      // The demo has opened its store already.
      store: { type: 'sqlite', path: 'events.db' },
    };
    const config = parseHubConfig(JSON.stringify(settings), run.join('hub.yaml'));
    const log = createLog('error', process.stderr);
    const desk = new FileDesk({
      ...{ file: run.join(POLICIES_FILE), store, log },
      awaitReload: reloadAwaiter(() => this.#reloading?.reloader.status),
    });
    this.#alerts = new DemoAlerts(run, config, store, log);
    this.#hub = new Hub({ config, store, log, alerts: this.#alerts.desk });
    this.#hubPort = (await this.#hub.start()).queries;
    if (config.console === false) return;
    const { requestMillisMax } = config.limits;
    this.#console = await startConsole({
      ...{ config: config.console, hub: this.#hub, store, log, requestMillisMax, desk },
      alerts: this.#alerts.hub,
    });
  }

  /**
   * Resolves when the store has the event.
   * @throws DemoError DEMO_EVENT_NOT_KEPT
   */
  async kept(id: string): Promise<void> {
    await this.#keeper?.kept(id);
  }

  /**
   * Brings the ready alerts into force; resolves to the one that fires for what is stored.
   * @throws DemoError DEMO_ALERT_SILENT
   */
  async alerted(): Promise<FiringAlert> {
    if (this.#alerts === null) throw new DemoError('DEMO_ALERT_SILENT', { alert: STORY_ALERT });
    return this.#alerts.firing();
  }

  async #startSluice(socket: string): Promise<SluiceServer> {
    const settings = {
      listen: [`unix:${socket}`],
      admin: false,
      log: { level: 'error' },
      limits: { verdictMillisMax: VERDICT_MILLIS_MAX },
      // Nobody waits at the end of a demo.
      drain: { noticeMillis: 0, waitMillis: 1_000 },
      policies: { default: { mode: this.mode } },
    };
    // A file, so that the console can change its policies.
    const path = this.#run?.join(POLICIES_FILE) ?? '';
    writeFileSync(path, stringify(settings), { mode: 0o600 });
    const source = { path, read: () => loadConfig(path) };
    const config = source.read();
    // Standard output is the story's.
    const log = createLog(config.log.level, process.stderr);
    const l7 = this.#keeper === null ? {} : { l7: { sink: this.#keeper.writer } };
    const { server, reloading } = await serve({ config, log, events: this.events, source, ...l7 });
    this.#reloading = reloading;
    return server;
  }

  /** Resolves when Envoy ends, to what there is to say of it. Before that it is for `stop` alone to end it. */
  async envoyEnded(): Promise<string> {
    const how = (await this.#envoy?.exited) ?? 'never started';
    return `Envoy ended (${how}).\n${this.#envoy?.logTail() ?? ''}`.trimEnd();
  }

  /** Ends everything. Can be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#envoy?.stop();
    await this.#reloading?.close();
    await this.#sluice?.close();
    await this.#shop?.close();
    await Promise.all([this.#console?.close(0), this.#hub?.close(), this.#alerts?.stop()]);
    try {
      await this.#keeper?.close();
      const left = await this.#destination?.close();
      if (left !== undefined && left !== this.storeAddress) this.#run?.announce(left);
    } finally {
      this.#directory?.remove();
    }
  }
}
