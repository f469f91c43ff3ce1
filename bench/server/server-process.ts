/** A server that Envoy asks, as a process on cores of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchError } from '../engine/errors.ts';
import { pinned } from './cores.ts';

/** Rules that were never compiled before take their time. */
const START_MILLIS_MAX = 300_000;
const STOP_MILLIS_MAX = 3_000;
const LINES_KEPT = 20;

export interface ServerProcessOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cores: readonly number[];
  readonly env: NodeJS.ProcessEnv;
  /** How many of its processes say that they listen. */
  readonly listeners?: number;
  /** How long it may take to end by itself; then it is killed. Default: 3 seconds. */
  readonly stopMillisMax?: number;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #listeners: number;
  readonly #stopMillisMax: number;
  readonly #lines: string[] = [];
  readonly #exited: Promise<unknown>;
  readonly #listening: Promise<Readonly<Record<string, unknown>>>;

  /** Its standard output, on which events go, is dropped; on standard error it says `"msg":"listening"`, in a line of JSON. */
  constructor({ name, argv, cores, env, listeners = 1, stopMillisMax }: ServerProcessOptions) {
    this.#name = name;
    this.#listeners = listeners;
    this.#stopMillisMax = stopMillisMax ?? STOP_MILLIS_MAX;
    const [file = '', ...rest] = pinned(argv, cores);
    this.#child = spawn(file, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    running.add(this.#child);
    this.#exited = once(this.#child, 'exit').finally(() => running.delete(this.#child));
    this.#listening = this.#read();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves to what it said of itself. Throws BenchError BENCH_CONTENDER where it ends, or is not up in time. */
  async ready(): Promise<Readonly<Record<string, unknown>>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('it does not listen'), START_MILLIS_MAX);
    });
    const ended = this.#exited.then(
      () => 'it ended',
      (error: unknown) => String(error),
    );
    const first = await Promise.race([this.#listening, ended, late]);
    clearTimeout(timer);
    if (typeof first !== 'string') return first;
    const reason = `${first}: ${this.#lines.join('\n')}`;
    throw new BenchError('BENCH_CONTENDER', { name: this.#name, reason });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), this.#stopMillisMax);
    await this.#exited;
    clearTimeout(impatience);
  }

  #read(): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve) => {
      const { stderr } = this.#child;
      if (stderr === null) return;
      let missing = this.#listeners;
      createInterface({ input: stderr }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > LINES_KEPT) this.#lines.shift();
        if (!line.startsWith('{') || !line.includes('"msg":"listening"')) return;
        missing -= 1;
        if (missing === 0) resolve(JSON.parse(line));
      });
    });
  }
}
