/** What the demo runs: the shop, Sluice in this process, Envoy in front of the shop asking Sluice. */
import { proxyBootstrap } from '@sluice/envoy-config';
import { createLog, parseConfig, type SluiceServer } from '@sluice/server';
import { type EnvoyProcess, startEnvoy } from '../envoy/process.ts';
import { TemporaryDirectory } from '../envoy/temporary.ts';
import { serve } from '../serve/serve.ts';
import { EventFeed } from './events.ts';
import { type Shop, startShop } from './shop.ts';

export type DemoMode = 'Detect' | 'Block';

export interface StageOptions {
  readonly mode: DemoMode;
  /** Where Envoy listens; 0 takes a free port. */
  readonly port: number;
  readonly shopPort: number;
}

export interface StartupMillis {
  /** Reading and compiling the rules, and listening. */
  readonly rules: number;
  readonly envoy: number;
  readonly total: number;
}

const LISTENER = 'shop';
/** The demo's machine may be busy with anything; a verdict takes about a millisecond. */
const VERDICT_MILLIS_MAX = 10_000;

export class Stage {
  readonly events = new EventFeed();
  readonly mode: DemoMode;
  #directory: TemporaryDirectory | null = null;
  #shop: Shop | null = null;
  #sluice: SluiceServer | null = null;
  #envoy: EnvoyProcess | null = null;
  #stopped: Promise<void> | null = null;
  #millis: StartupMillis = { rules: 0, envoy: 0, total: 0 };

  constructor(mode: DemoMode) {
    this.mode = mode;
  }

  get startup(): StartupMillis {
    return this.#millis;
  }

  get protectedPort(): number {
    return this.#envoy?.listener(LISTENER).port ?? 0;
  }

  get shopPort(): number {
    return this.#shop?.port ?? 0;
  }

  /** Starts everything, or stops what it has started and rejects with why: an error of engine, server or Envoy. */
  async start({ port, shopPort }: StageOptions): Promise<void> {
    const startedAt = performance.now();
    try {
      this.#directory = new TemporaryDirectory('sluice-demo-');
      const socket = this.#directory.join('sluice.sock');
      const shop = await startShop(shopPort);
      this.#shop = shop;
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
        rules: Math.round(envoyAt - rulesAt),
        envoy: Math.round(now - envoyAt),
        total: Math.round(now - startedAt),
      };
    } catch (error) {
      await this.stop();
      throw error;
    }
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
    const config = parseConfig(JSON.stringify(settings), 'demo');
    // Standard output is the story's.
    const log = createLog(config.log.level, process.stderr);
    const { server } = await serve({ config, log, events: this.events });
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
    await this.#sluice?.close();
    await this.#shop?.close();
    this.#directory?.remove();
  }
}
