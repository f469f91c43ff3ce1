/**
 * What every *.long.test.ts shares: how long it may run, its seed, and the line that it leaves in the summary.
 *
 *   const seconds = longBudgetSeconds('body-readers');
 *   const seed = longSeed();
 *   it('…', () => {
 *     const end = performance.now() + 1_000 * seconds;
 *     let cases = 0;
 *     for (; performance.now() < end; cases++) …
 *     reportCases('body-readers', { cases, failures, seed });
 *     expect(failures).toBe(0);
 *   }, longTimeoutMillis('body-readers'));
 *
 * A test reports before it fails, and prints what reproduces a failure.
 */
import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LONG_WEIGHTS, type LongTest } from './shares.ts';

/** What one long test came to. Times are seconds. */
export interface LongReport {
  readonly cases: number;
  readonly failures: number;
  readonly seed: number;
  /** How long it ran, where the test knows. */
  readonly seconds?: number;
  /** What else is worth a word, such as `3 levels, 912 matches`. */
  readonly note?: string;
}

export const LONG_SECONDS_DEFAULT = 3_600;
/** What comes on top of a budget: compiling rules, building peers, shrinking a failure. */
const OVERHEAD_MILLIS = 1_200_000;
/** A seed has at most nine digits, as `--seed` takes it. */
const SEED_MAX = 1_000_000_000;

/** Seconds for everything: SLUICE_TEST_LONG_SECONDS, an hour where it is not set. */
export function longSecondsInAll(): number {
  const given = Number(process.env.SLUICE_TEST_LONG_SECONDS ?? '');
  return Number.isFinite(given) && given > 0 ? given : LONG_SECONDS_DEFAULT;
}

/**
 * Seconds for one long test. Test files run side by side, one for each processor (two at least), so that there is as much
 * time to divide as that many budgets; none has more than one budget.
 */
export function longBudgetSeconds(
  name: LongTest,
  lanes: number = Math.max(2, availableParallelism()),
): number {
  const weights = Object.values(LONG_WEIGHTS).reduce<number>((sum, weight) => sum + weight, 0);
  return Math.min(1, (lanes * LONG_WEIGHTS[name]) / weights) * longSecondsInAll();
}

/** For the third argument of a test. */
export const longTimeoutMillis = (name: LongTest): number =>
  2_000 * longBudgetSeconds(name) + OVERHEAD_MILLIS;

/** SLUICE_TEST_LONG_SEED where a run is to be repeated, another each time where it is not set. */
export function longSeed(): number {
  const given = Number(process.env.SLUICE_TEST_LONG_SEED ?? '');
  return Number.isSafeInteger(given) && given > 0 ? given : randomInt(1, SEED_MAX);
}

export function describeReport(name: string, report: LongReport): string {
  const { cases, failures, seed, seconds, note } = report;
  const time = seconds === undefined ? '' : ` in ${seconds.toFixed(0)} s`;
  return `long ${name}: ${cases} cases${time}, ${failures} failures, seed ${seed}${note === undefined ? '' : `; ${note}`}`;
}

/** Prints one line, and leaves it for the summary of `./sluice test --long`, which names a file for it. */
export function reportCases(name: LongTest, { cases, failures, seed, seconds, note }: LongReport): void {
  const report = {
    cases,
    failures,
    seed,
    ...(seconds === undefined ? {} : { seconds: Math.round(seconds) }),
    ...(note === undefined ? {} : { note }),
  };
  process.stdout.write(`${describeReport(name, report)}\n`);
  const summary = process.env.SLUICE_TEST_LONG_REPORT;
  if (summary !== undefined && summary !== '')
    appendFileSync(summary, `${JSON.stringify({ name, ...report })}\n`);
}
