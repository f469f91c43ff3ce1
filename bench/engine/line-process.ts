/** A child process, pinned to a core with all its threads, that answers a line for a line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { BenchError } from './errors.ts';

const STDERR_CHARACTERS_KEPT = 4_000;
/** Compiling rules of one's own takes as long as it takes; a peer that hangs on a request is ended. */
const ANSWER_MILLIS_MAX = 600_000;

interface Waiting {
  readonly resolve: (line: unknown) => void;
  readonly reject: (error: BenchError) => void;
}

export class LineProcess {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };
  /** Lines that came before anybody asked: the first one, usually. */
  readonly #lines: unknown[] = [];
  #waiting: Waiting | null = null;
  #failure: BenchError | null = null;
  #stderr = '';

  /** @param core the core's number; null leaves it to the system */
  constructor(name: string, argv: readonly string[], core: number | null, env: NodeJS.ProcessEnv = {}) {
    this.#name = name;
    const [file = '', ...rest] = core === null ? argv : ['taskset', '-c', String(core), ...argv];
    this.#child = spawn(file, rest, { stdio: 'pipe', env: { ...process.env, ...env } });
    process.once('exit', this.#kill);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS_KEPT);
    });
    // A program that no longer reads is about to end, and its end tells more than the broken pipe.
    this.#child.stdin.on('error', () => this.#child.stdout.resume());
    this.#child.once('error', (error) => this.#fail(error.message));
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', (status, signal) => {
        process.off('exit', this.#kill);
        this.#fail(`it ended with ${signal ?? `status ${status}`}`);
        resolve();
      });
    });
  }

  /** The next line, parsed. Throws BenchError BENCH_CONTENDER where there will be none. */
  next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const line = this.#lines.shift();
      if (line !== undefined) resolve(line);
      else if (this.#failure !== null) reject(this.#failure);
      else {
        const timer = setTimeout(() => this.#fail('it does not answer'), ANSWER_MILLIS_MAX);
        const settle =
          <T>(done: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            this.#waiting = null;
            done(value);
          };
        this.#waiting = { resolve: settle(resolve), reject: settle(reject) };
      }
    });
  }

  ask(question: unknown): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.next();
  }

  rssBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? Number.NaN) * 1024;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    const impatience = setTimeout(this.#kill, 2_000);
    await this.#closed;
    clearTimeout(impatience);
  }

  #read(text: string): void {
    try {
      const line: unknown = JSON.parse(text);
      if (this.#waiting === null) this.#lines.push(line);
      else this.#waiting.resolve(line);
    } catch (error) {
      this.#fail(`its answer is not JSON: ${String(error)}`);
    }
  }

  #fail(reason: string): void {
    const said = this.#stderr.trim();
    this.#failure ??= new BenchError('BENCH_CONTENDER', {
      name: this.#name,
      reason: said === '' ? reason : `${reason}; ${said}`,
    });
    this.#waiting?.reject(this.#failure);
    this.#kill();
  }
}
