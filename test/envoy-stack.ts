/** A workload, `sluice serve` as a child process, and a real Envoy between a client and both: what the tests here stand on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type GuardPolicy,
  type PathTreatment,
  type PolicyRoute,
  type ProxyOptions,
  proxyBootstrap,
} from '@sluice/envoy-config';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { startWorkload, type Workload } from './envoy-workload.ts';

const MAIN = resolve(import.meta.dirname, '../packages/cli/src/main.ts');
/** Tests share their machine: no verdict may be late, whatever else it does. */
const VERDICT_MILLIS_MAX = 20_000;

export interface StackOptions extends Partial<GuardPolicy> {
  readonly maxRequestBytes?: number;
  readonly accessLog?: boolean;
  /** What Envoy does to paths; in Block they are normalised. */
  readonly paths?: PathTreatment;
  /** Paths with policies of their own. */
  readonly routes?: readonly PolicyRoute[];
  /** Number of Sluice processes, with a socket each. */
  readonly processes?: number;
  /** Time that Envoy gives Sluice for a verdict. */
  readonly verdictMillis?: number;
  /** False drops what Sluice prints, where that would be more than a test can hold. */
  readonly keepLines?: boolean;
  /** Time for which a stopping Sluice says that it stops. */
  readonly noticeMillis?: number;
  /** Settings of sluice.yaml in place of those here; `FOLDER` in them is the stack's folder. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface SluiceLaunch {
  readonly environment?: Readonly<Record<string, string>>;
  /** As --processes has it. */
  readonly processes?: number;
}

export class SluiceProcess {
  readonly child: ChildProcess;
  readonly socket: string;
  /** Objects of its standard output: log lines and events. */
  readonly lines: Record<string, unknown>[] = [];
  readonly exited: Promise<unknown>;
  readonly #ready: Promise<void>;

  constructor(configuration: string, socket: string, keepLines: boolean, launch: SluiceLaunch = {}) {
    this.socket = socket;
    const { SLUICE_STARTED_MS: _, ...environment } = process.env;
    const { processes = 1 } = launch;
    const several = processes === 1 ? [] : ['--processes', String(processes)];
    this.child = spawn(process.execPath, [MAIN, 'serve', '-c', configuration, ...several], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...launch.environment },
    });
    this.exited = once(this.child, 'exit');
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    this.#ready = this.#read(keepLines, processes);
  }

  /** Rejects where it ends before it listens. */
  async ready(): Promise<void> {
    const ended = this.exited.then(() => {
      throw new StackFault(`sluice serve ended: ${JSON.stringify(this.lines.at(-1))}`);
    });
    await Promise.race([this.#ready, ended]);
  }

  /** Events come on standard output, the log on standard error; both are JSON, but for what set-up says. */
  #read(keepLines: boolean, processes: number): Promise<void> {
    let listening = 0;
    return new Promise((resolveReady) => {
      for (const stream of [this.child.stdout, this.child.stderr]) {
        if (stream === null) continue;
        const reader = createInterface({ input: stream });
        reader.on('line', (line) => {
          const value = this.#parse(line);
          if (value === null) return;
          if (keepLines || this.lines.length < FIRST_LINES) this.lines.push(value);
          if (value.msg === 'listening' && ++listening === processes) resolveReady();
        });
      }
    });
  }

  /** Null of what is no JSON, and of a last line that a kill has cut. */
  #parse(line: string): Record<string, unknown> | null {
    if (!line.startsWith('{')) return null;
    try {
      return JSON.parse(line);
    } catch (error) {
      if (this.child.killed) return null;
      throw error;
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await this.exited;
  }
}

/** Enough to say why it did not start. */
const FIRST_LINES = 100;

class StackFault extends Error {
  override readonly name = 'StackFault';
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Stack {
  readonly workload: Workload;
  readonly sluices: readonly SluiceProcess[];
  readonly envoy: EnvoyProcess;
  readonly directory: TemporaryDirectory;

  constructor(parts: Pick<Stack, 'workload' | 'sluices' | 'envoy' | 'directory'>) {
    this.workload = parts.workload;
    this.sluices = parts.sluices;
    this.envoy = parts.envoy;
    this.directory = parts.directory;
  }

  /** Where clients go. */
  get port(): number {
    return this.envoy.listener('workload').port;
  }

  /** The first, which most tests have alone. */
  get sluice(): SluiceProcess {
    const [first] = this.sluices;
    if (first === undefined) throw new StackFault('no Sluice');
    return first;
  }

  get accessLog(): string {
    return this.directory.join('access.log');
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    // Nobody asks any more, so there is nothing to drain; tests of draining send SIGTERM themselves.
    await Promise.all(this.sluices.map((sluice) => sluice.kill('SIGKILL')));
    await this.workload.close();
    this.directory.remove();
  }
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { mode = 'Block', unavailable = 'Closed', processes = 1, noticeMillis = 0, routes = [] } = options;
  const directory = new TemporaryDirectory('sluice-test-');
  const sluices = Array.from({ length: processes }, (_, index) => {
    const socket = directory.join(`${index}.sock`);
    const configuration = directory.join(`${index}.yaml`);
    writeFileSync(
      configuration,
      JSON.stringify({
        ...settings(socket, noticeMillis, { mode, unavailable }, routes),
        ...options.settings,
      }).replaceAll('FOLDER', directory.path),
    );
    return new SluiceProcess(configuration, socket, options.keepLines !== false);
  });
  const workload = await startWorkload();
  await Promise.all(sluices.map((sluice) => sluice.ready()));
  const policy = { name: 'default', mode, unavailable };
  const paths = options.paths === undefined ? {} : { paths: options.paths };
  const bootstrap: ProxyOptions = {
    listeners: [
      { name: 'workload', host: '127.0.0.1', port: 0, upstream: workload, policy, routes, ...paths },
    ],
    sluiceSockets: sluices.map(({ socket }) => socket),
    verdictMillis: options.verdictMillis ?? VERDICT_MILLIS_MAX,
    accessLog: options.accessLog === true ? directory.join('access.log') : null,
    ...(options.maxRequestBytes === undefined ? {} : { maxRequestBytes: options.maxRequestBytes }),
  };
  const envoy = await startEnvoy({ bootstrap: proxyBootstrap(bootstrap) });
  return new Stack({ workload, sluices, envoy, directory });
}

/** sluice.yaml; JSON is YAML. */
const settings = (
  socket: string,
  noticeMillis: number,
  policy: GuardPolicy,
  routes: readonly PolicyRoute[],
): object => ({
  listen: [`unix:${socket}`],
  admin: false,
  limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX },
  drain: { noticeMillis, waitMillis: 1_000 },
  policies: {
    default: policy,
    ...Object.fromEntries(routes.map(({ policy: { name, ...own } }) => [name, own])),
  },
});
