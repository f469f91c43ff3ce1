import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../setup/errors.ts';
import { repositoryRoot } from '../setup/paths.ts';
import { describeLongReports, type LongReport, parseLongReports } from './test-long.ts';

export interface TestRequest {
  readonly patterns: readonly string[];
  readonly long: boolean;
  readonly json: boolean;
  /** For all long tests together; an hour where it is not given. See test/long/budget.ts. */
  readonly seconds?: number;
  /** Of a run of long tests that is to be repeated. */
  readonly seed?: number;
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

/** For a run without long tests: vitest's own bounds (scripts/deadline-reporter.ts) end before, if vitest itself still runs. */
const RUN_MS = 70 * 60_000;

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
    limitMs?: number,
  ): Promise<number> {
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, {
      cwd: repositoryRoot(),
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'inherit'],
      detached: true,
    });
    this.#current = child;
    const limit = limitMs === undefined ? undefined : setTimeout(() => this.#end(), limitMs).unref();
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        this.#current = undefined;
        clearTimeout(limit);
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

interface VitestOutcome extends Counts {
  readonly long: readonly LongReport[];
}

async function runVitest(
  children: Children,
  request: TestRequest,
  stdout: 'inherit' | 2,
): Promise<VitestOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  try {
    const report = join(directory, 'counts.json');
    const long = join(directory, 'long.jsonl');
    const status = await children.run(
      [tool('vitest'), 'run', ...request.patterns],
      {
        SLUICE_TEST_RESULTS: report,
        SLUICE_TEST_LONG: request.long ? '1' : '0',
        SLUICE_TEST_LONG_REPORT: long,
        ...(request.seconds === undefined ? {} : { SLUICE_TEST_LONG_SECONDS: String(request.seconds) }),
        ...(request.seed === undefined ? {} : { SLUICE_TEST_LONG_SEED: String(request.seed) }),
      },
      stdout,
      request.long ? undefined : RUN_MS,
    );
    return { ...countsOf(status, contentOf(report)), long: parseLongReports(contentOf(long) ?? '') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const contentOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

type Runner = readonly [name: string, run: () => Promise<Counts & Partial<VitestOutcome>>];

function runnersFor(request: TestRequest, children: Children, stdout: 'inherit' | 2): readonly Runner[] {
  const check = (argv: readonly string[]) => async () => one(await children.run(argv, {}, stdout));
  const vitest: Runner = ['tests', () => runVitest(children, request, stdout)];
  // Patterns name test files: whoever gives one wants those, at once.
  if (request.patterns.length > 0) return [vitest];
  return [
    ['types', check([tool('tsc'), '--noEmit'])],
    // What runs in a browser, or asks one: with the types of pages.
    ['types of pages', check([tool('tsc'), '--noEmit', '-p', 'packages/console/web'])],
    ['types of browsers', check([tool('tsc'), '--noEmit', '-p', 'test/console'])],
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
  const reports: LongReport[] = [];
  for (const [runner, run] of runnersFor(request, children, stdout)) {
    const started = performance.now();
    const { long = [], ...counts } = await run();
    reports.push(...long);
    if (children.interrupted !== undefined) return children.interrupted;
    outcomes.push({ runner, seconds: (performance.now() - started) / 1000, ...counts });
  }
  const total = sum(outcomes);
  const lines = outcomes.map(
    (each) => `${each.runner.padEnd(6)} ${each.seconds.toFixed(1)} s: ${phrase(each)}`,
  );
  const text = [...describeLongReports(reports), ...lines, phrase(total)].join('\n');
  (request.json ? process.stderr : process.stdout).write(`\n${text}\n`);
  const long = reports.length === 0 ? {} : { long: reports };
  if (request.json) process.stdout.write(`${JSON.stringify({ ...total, runners: outcomes, ...long })}\n`);
  return total.failed > 0 || total.passed === 0 ? EXIT.failed : EXIT.ok;
}
