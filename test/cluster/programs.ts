/** Programs that a stand runs, in a node's network namespace or outside of both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inside, type NodeName } from '../interception/network.ts';

export const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
/** It goes with whoever started it, however that ends. */
const DYING = ['setpriv', '--pdeathsig', 'KILL'];
const LOG_CHARACTERS = 6_000;

export interface ProgramOptions {
  /** In whose namespace; in the test's own where absent. */
  readonly node?: NodeName;
  /** Path of its log. */
  readonly log: string;
  /** Script of Node and its arguments. */
  readonly script: readonly string[];
}

export class Program {
  readonly #options: ProgramOptions;
  #child: ChildProcess | null = null;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  start(): void {
    const { node, log, script } = this.#options;
    const argv = [...DYING, process.execPath, ...script];
    const [file = '', ...rest] = node === undefined ? argv : inside(node, argv);
    const { SLUICE_STARTED_MS: _, ...env } = process.env;
    const output = openSync(log, 'a');
    this.#child = spawn(file, rest, { stdio: ['ignore', output, output], env });
  }

  get hasEnded(): boolean {
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last of it. */
  get log(): string {
    const { log } = this.#options;
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-LOG_CHARACTERS) : '';
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || this.hasEnded) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await exited;
  }
}
