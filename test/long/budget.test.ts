/** The budget of long tests, and that each of them keeps to it. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseLongReports } from '../../packages/cli/src/commands/test-long.ts';
import { longBudgetSeconds, longSecondsInAll, longSeed, longTimeoutMillis, reportCases } from './budget.ts';
import { LONG_WEIGHTS, type LongTest } from './shares.ts';

const NAMES = Object.keys(LONG_WEIGHTS) as LongTest[];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the budget', () => {
  it('is an hour where nothing is said, or what is said is no time', () => {
    for (const said of ['', 'soon', '-3', '0']) {
      vi.stubEnv('SLUICE_TEST_LONG_SECONDS', said);
      expect(longSecondsInAll()).toBe(3_600);
    }
    vi.stubEnv('SLUICE_TEST_LONG_SECONDS', '90');
    expect(longSecondsInAll()).toBe(90);
  });

  it.each([1, 2, 3, 4])('is divided wholly over %i files at a time', (lanes) => {
    vi.stubEnv('SLUICE_TEST_LONG_SECONDS', '600');
    const sum = NAMES.reduce((total, name) => total + longBudgetSeconds(name, lanes), 0);
    expect(sum).toBeCloseTo(600 * lanes, 6);
  });

  it('gives no test more than itself, however many run at a time', () => {
    vi.stubEnv('SLUICE_TEST_LONG_SECONDS', '600');
    for (const name of NAMES) expect(longBudgetSeconds(name, 64)).toBe(600);
  });

  it('leaves a test more time than its share', () => {
    for (const name of NAMES)
      expect(longTimeoutMillis(name)).toBeGreaterThan(1_000 * longBudgetSeconds(name));
  });
});

describe('a seed', () => {
  it('is the given one, or another each time', () => {
    vi.stubEnv('SLUICE_TEST_LONG_SEED', '42');
    expect(longSeed()).toBe(42);
    vi.stubEnv('SLUICE_TEST_LONG_SEED', '');
    const seeds = Array.from({ length: 200 }, longSeed);
    expect(new Set(seeds).size).toBeGreaterThan(150);
    // Of as many digits as `sluice test --long --seed` takes.
    expect(seeds.filter((seed) => !/^[1-9]\d{0,8}$/.test(String(seed)))).toEqual([]);
  });
});

describe('a report', () => {
  it('is a line on standard output, and one for the summary', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-report-'));
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      vi.stubEnv('SLUICE_TEST_LONG_REPORT', join(directory, 'long.jsonl'));
      reportCases('soak', { cases: 7, failures: 0, seed: 3, seconds: 2, note: 'slow' });
      reportCases('asan', { cases: 8, failures: 1, seed: 4 });
      expect(written).toHaveBeenNthCalledWith(1, 'long soak: 7 cases in 2 s, 0 failures, seed 3; slow\n');
      expect(parseLongReports(readFileSync(join(directory, 'long.jsonl'), 'utf8'))).toEqual([
        { name: 'soak', cases: 7, failures: 0, seed: 3, seconds: 2, note: 'slow' },
        { name: 'asan', cases: 8, failures: 1, seed: 4 },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** They do one thing once, however long it takes: without a budget, a seed or cases to count. */
const OF_FIXED_LENGTH = [
  'packages/controller/test/node/crash.long.test.ts',
  'packages/server/test/reload/reload.long.test.ts',
  'test/console/million.long.test.ts',
  'test/events/crash.long.test.ts',
  'test/ext-proc-facts-processes.long.test.ts',
  'test/ext-proc-gigabyte.long.test.ts',
  'test/faults/reload.long.test.ts',
  'test/image/image.long.test.ts',
  'test/serve-memory.long.test.ts',
];

it('every file of long tests reports its cases, but for those of fixed length', () => {
  const root = resolve(import.meta.dirname, '../..');
  const files = globSync(['test/**/*.long.test.ts', 'packages/*/test/**/*.long.test.ts'], { cwd: root });
  expect(files.length).toBeGreaterThan(5);
  const silent = files.filter((file) => !readFileSync(join(root, file), 'utf8').includes('reportCases('));
  expect(silent.sort()).toEqual(OF_FIXED_LENGTH);
});
