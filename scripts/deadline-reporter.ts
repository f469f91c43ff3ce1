import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, Vitest } from 'vitest/node';

/** How long a run may take; all in milliseconds. */
export interface Deadlines {
  /** For one test file, from its process's start. */
  readonly fileMs: number;
  /** For all files of a run. */
  readonly runMs: number;
  /** Between two looks at the files that run. */
  readonly lookMs: number;
}

/**
 * Ends what hangs. Vitest's own time limits are timers in the process of the test: a test that computes without end, or waits in
 * `Atomics.wait`, is never told. So each file's process writes itself down (file-process.ts), and one that is late is killed,
 * which vitest reports as a failure of that file. When the whole run is late, the files under way are killed and none begins.
 */
export class DeadlineReporter implements Reporter {
  readonly #deadlines: Deadlines;
  readonly #folder = join(tmpdir(), `sluice-test-files-${randomUUID()}`);
  #vitest: Vitest | undefined;
  #started = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
    process.env.SLUICE_TEST_FILES = this.#folder;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  /** Once for each run of who watches files. */
  onTestRunStart(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#started = Date.now();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#look(), this.#deadlines.lookMs);
    this.#timer.unref();
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #look(): void {
    const late = Date.now() - this.#started > this.#deadlines.runMs;
    if (late) {
      tell(`the run takes longer than ${minutes(this.#deadlines.runMs)}: no file begins any more`);
      void this.#vitest?.cancelCurrentRun('test-failure');
    }
    for (const name of readdirSync(this.#folder)) this.#judge(Number(name), late);
  }

  #judge(pid: number, late: boolean): void {
    const record = join(this.#folder, String(pid));
    const age = Date.now() - statSync(record).mtimeMs;
    const over = late || age > this.#deadlines.fileMs;
    if (signal(pid, over ? 'SIGKILL' : 0) && !over) return;
    if (over) tell(`killed after ${minutes(age)}: ${readFileSync(record, 'utf8')}`);
    rmSync(record);
  }
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;

const tell = (text: string): void => void process.stderr.write(`sluice test: ${text}\n`);

/** Whether there is such a process to take the signal. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
