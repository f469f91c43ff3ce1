import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../setup/errors.ts';
import { repositoryRoot } from '../setup/paths.ts';

export interface TestRequest {
  readonly patterns: readonly string[];
  readonly long: boolean;
  readonly json: boolean;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Outcome extends Counts {
  readonly runner: string;
  readonly seconds: number;
}

/** A child's way out: its status, or 128 plus the signal's number, as shells count. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** How long a child may take to end after it was asked to. */
const GRACE_MS = 5000;

/** Children stand in process groups of their own, so that their workers end with them. */
class Children {
  #current: ChildProcess | undefined;
  /** The exit code to leave with once a signal has come. */
  interrupted: number | undefined;

  constructor() {
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        this.interrupted = code;
        this.#end();
      });
    }
  }

  #end(): void {
    const child = this.#current;
    if (child === undefined) return;
    signalGroup(child, 'SIGTERM');
    setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
  }

  run(
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    stdout: 'inherit' | 2,
  ): Promise<number> {
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, {
      cwd: repositoryRoot(),
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'inherit'],
      detached: true,
    });
    this.#current = child;
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        this.#current = undefined;
        // Whatever a runner left running in its group goes with it.
        signalGroup(child, 'SIGKILL');
        resolve(code ?? 1);
      });
    });
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // A group that has ended has nothing to signal; anything else is a defect.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const tool = (name: string): string => join(repositoryRoot(), 'node_modules/.bin', name);

const one = (status: number): Counts => ({
  passed: status === 0 ? 1 : 0,
  failed: status === 0 ? 0 : 1,
  skipped: 0,
});

/**
 * What a run of vitest came to: the counts of its reporter, and a failure more where it says that it failed and the
 * counts do not show it, or where there are none.
 */
export function countsOf(status: number, report: string | undefined): Counts {
  const counts = parseCounts(report);
  if (counts === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function parseCounts(report: string | undefined): Counts | undefined {
  if (report === undefined) return undefined;
  const value: unknown = JSON.parse(report);
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('passed' in value && 'failed' in value && 'skipped' in value)) return undefined;
  const { passed, failed, skipped } = value;
  if (typeof passed !== 'number' || typeof failed !== 'number' || typeof skipped !== 'number')
    return undefined;
  return { passed, failed, skipped };
}

async function runVitest(children: Children, request: TestRequest, stdout: 'inherit' | 2): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  try {
    const report = join(directory, 'counts.json');
    const env = { SLUICE_TEST_RESULTS: report, SLUICE_TEST_LONG: request.long ? '1' : '0' };
    const status = await children.run([tool('vitest'), 'run', ...request.patterns], env, stdout);
    return countsOf(status, existsSync(report) ? readFileSync(report, 'utf8') : undefined);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Runner = readonly [name: string, run: () => Promise<Counts>];

function runnersFor(request: TestRequest, children: Children, stdout: 'inherit' | 2): readonly Runner[] {
  const check = (argv: readonly string[]) => async () => one(await children.run(argv, {}, stdout));
  const vitest: Runner = ['tests', () => runVitest(children, request, stdout)];
  // Patterns name test files: whoever gives one wants those, at once.
  if (request.patterns.length > 0) return [vitest];
  return [
    ['types', check([tool('tsc'), '--noEmit'])],
    ['style', check([tool('biome'), 'check', '.'])],
    vitest,
  ];
}

export function sum(outcomes: readonly Counts[]): Counts {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const outcome of outcomes) {
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped += outcome.skipped;
  }
  return total;
}

const phrase = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Runs the runners one after the other; a failing one does not stop the next. The last line on standard output is
 * `N passed, N failed, N skipped`, or with `json` the only one is an object. Returns the exit code.
 */
export async function runTests(request: TestRequest): Promise<number> {
  const children = new Children();
  const stdout = request.json ? 2 : 'inherit';
  const outcomes: Outcome[] = [];
  for (const [runner, run] of runnersFor(request, children, stdout)) {
    const started = performance.now();
    const counts = await run();
    if (children.interrupted !== undefined) return children.interrupted;
    outcomes.push({ runner, seconds: (performance.now() - started) / 1000, ...counts });
  }
  const total = sum(outcomes);
  const lines = outcomes.map(
    (each) => `${each.runner.padEnd(6)} ${each.seconds.toFixed(1)} s: ${phrase(each)}`,
  );
  (request.json ? process.stderr : process.stdout).write(`\n${lines.join('\n')}\n${phrase(total)}\n`);
  if (request.json) process.stdout.write(`${JSON.stringify({ ...total, runners: outcomes })}\n`);
  return total.failed > 0 || total.passed === 0 ? EXIT.failed : EXIT.ok;
}
