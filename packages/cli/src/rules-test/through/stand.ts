/** A real Envoy that asks the real server, in this process, about what a client sends byte for byte. */
import { join, resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Engine } from '@sluice/engine';
import { proxyBootstrap } from '@sluice/envoy-config';
import {
  buildGeneration,
  type Config,
  createLog,
  createPoolInspector,
  createServer,
  parseConfig,
  type RuleSetGeneration,
  type SluiceServer,
} from '@sluice/server';
import { type EnvoyProcess, startEnvoy } from '../../envoy/process.ts';
import { TemporaryDirectory } from '../../envoy/temporary.ts';
import { cacheDirectory } from '../../setup/paths.ts';
import type { Exchange } from '../judge.ts';
import type { RuleSource } from '../stage-engine.ts';
import { sendRaw } from './client.ts';
import { Recorder } from './recorder.ts';
import { SuiteWorkload } from './workload.ts';

const LISTENER = 'suite';
/** The suite's largest bodies, and then some. */
const REQUEST_BYTES_MAX = 13_107_200;
/** Nobody waits but this run, and the machine may be busy. */
const VERDICT_MILLIS_MAX = 20_000;

export interface ThroughOptions {
  readonly rules: readonly RuleSource[];
  readonly paranoia: number;
}

export class Stand {
  readonly #recorder: Recorder;
  readonly #directory: TemporaryDirectory;
  readonly #workload: SuiteWorkload;
  readonly #sluice: SluiceServer;
  readonly #envoy: EnvoyProcess;

  constructor(
    recorder: Recorder,
    directory: TemporaryDirectory,
    workload: SuiteWorkload,
    sluice: SluiceServer,
    envoy: EnvoyProcess,
  ) {
    this.#recorder = recorder;
    this.#directory = directory;
    this.#workload = workload;
    this.#sluice = sluice;
    this.#envoy = envoy;
  }

  /** One request, from the client's first byte to the last word of every rule. Not to be called before the last one resolved. */
  async exchange(request: Uint8Array): Promise<Exchange> {
    // No client has this port: where the connection fails nothing was found.
    this.#recorder.begin(0);
    const response = await sendRaw(this.#envoy.listener(LISTENER).port, request, (port) =>
      this.#recorder.begin(port),
    );
    while (!this.#recorder.settled) await turn();
    const { log, asked } = this.#recorder;
    const said = response.text.slice(0, 200).split('\r\n\r\n')[1] ?? '';
    const reason = `Envoy answered by itself (${response.end}) ${said}`.trim();
    return {
      refusal: asked ? null : { status: response.status, reason },
      status: response.status,
      readable: response.status !== 0,
      response: response.text,
      log,
    };
  }

  async stop(): Promise<void> {
    await this.#envoy.stop();
    await this.#sluice.close();
    await this.#workload.close();
    this.#directory.remove();
  }
}

/** Compiles the rules and starts all of it. Throws the coded errors of engine, server and Envoy. */
export async function startStand({ rules, paranoia }: ThroughOptions): Promise<Stand> {
  const directory = new TemporaryDirectory('sluice-through-');
  const socket = directory.join('sluice.sock');
  const settings = {
    listen: [`unix:${socket}`],
    admin: false,
    log: { level: 'error' },
    limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX },
    drain: { noticeMillis: 0, waitMillis: 1_000 },
    policies: { default: { mode: 'Detect', paranoia, responses: { inspect: true } } },
  };
  const config = parseConfig(JSON.stringify(settings), 'rules test');
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const generation = generationOf(engine, rules, config.policies);
  const log = createLog('error', process.stderr);
  const pool = await createPoolInspector({ engine, generation, limits: config.limits, log });
  const recorder = new Recorder(pool);
  const closeInspector = (): Promise<void> => pool.close();
  const sluice = createServer({ config, inspector: pool, exchanges: recorder, closeInspector, log });
  await sluice.start();
  const workload = new SuiteWorkload();
  await workload.listen();
  const policy = {
    name: 'default',
    mode: 'Detect',
    unavailable: 'Closed',
    dataPath: 'ext_proc',
    responses: true,
  } as const;
  const envoy = await startEnvoy({
    bootstrap: proxyBootstrap({
      listeners: [
        { name: LISTENER, host: '127.0.0.1', port: 0, upstream: workload, policy, upgrades: ['connect'] },
      ],
      sluiceSockets: [socket],
      verdictMillis: VERDICT_MILLIS_MAX,
      maxRequestBytes: REQUEST_BYTES_MAX,
    }),
  });
  return new Stand(recorder, directory, workload, sluice, envoy);
}

/**
 * The rules as one policy's. They are compiled as texts, as the runner without Envoy has them: what either of the two has
 * compiled, which takes a minute of computing for the CRS, serves both.
 */
function generationOf(
  engine: Engine,
  rules: readonly RuleSource[],
  policies: Config['policies'],
): RuleSetGeneration {
  const { generation } = buildGeneration({ engine, id: 1, baseFiles: [], policies });
  const base = engine.loadRules(
    rules.map(({ name, text, directory }) => ({ path: resolve(directory, name), text })),
  );
  return { ...generation, units: [base] };
}
