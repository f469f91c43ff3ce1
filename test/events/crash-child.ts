/** A program that runs again whenever it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const TAIL_LINES = 20;

export class CrashChild {
  readonly child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: string[] = [];

  /**
   * @param command a program for Node and its arguments
   * @param onLine told of each line of its standard output
   */
  constructor(command: readonly string[], onLine: (line: string) => void = () => undefined) {
    this.child = spawn(process.execPath, [...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.#exited = once(this.child, 'close').then(() => running.delete(this.child));
    for (const [stream, told] of [
      [this.child.stdout, onLine],
      [this.child.stderr, this.#keep],
    ] as const) {
      if (stream !== null) createInterface({ input: stream }).on('line', told);
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it said last on standard error. */
  get tail(): string {
    return this.#lines.join('\n');
  }

  readonly #keep = (line: string): void => {
    this.#lines.push(line);
    if (this.#lines.length > TAIL_LINES) this.#lines.shift();
  };

  /** Resolves when nothing of it runs, and all that it said was heard. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.#exited;
  }

  /** Resolves to its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exited;
    return this.child.exitCode;
  }
}
