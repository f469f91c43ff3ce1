/** `sluice controller run` as a process, and what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

/** A line of its log. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export class RunningController {
  readonly log: LogLine[] = [];
  /** What of its standard error is no log. */
  errors = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;

  /** Default: on ports that are free, reached by the API server on this machine. */
  constructor(kubeconfig: string, more: readonly string[] = ['--webhook-url', 'https://127.0.0.1:0']) {
    const argv = [
      'controller',
      'run',
      '--kubeconfig',
      kubeconfig,
      '--metrics-port',
      '0',
      '--webhook-port',
      '0',
    ];
    this.#child = spawn(process.execPath, [MAIN, ...argv, '--drain-seconds', '1', ...more], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => code ?? signal);
    if (this.#child.stderr === null) return;
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      if (line.startsWith('{')) this.log.push(JSON.parse(line));
      else this.errors += `${line}\n`;
    });
  }

  /** Answer of one of the operators' addresses; `''` before it listens. */
  async ask(path: string): Promise<string> {
    const port = this.log.find(({ msg }) => msg === 'listening')?.metricsPort;
    if (port === undefined) return '';
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${answer.status} ${await answer.text()}`;
  }

  /** Value of a metric, by its name and labels; 0 where there is none. */
  async metric(start: string): Promise<number> {
    const line = (await this.ask('/metrics')).split('\n').find((each) => each.startsWith(`${start} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  get exited(): Promise<number | string> {
    return this.#exited;
  }

  /** @returns the exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.#child.kill(signal);
    return this.#exited;
  }
}
