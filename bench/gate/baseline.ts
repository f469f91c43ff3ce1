/** What a commit is compared with: counts and ratios, never times, so that any machine may compare. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Counts } from '../engine/counts.ts';
import { BenchError } from '../engine/errors.ts';

export interface BaselineCase {
  /** Means a request of what was done (packages/engine/src/work.ts). */
  readonly work: Readonly<Record<string, number>>;
  /** Bytes allocated on the JavaScript heap, a request. */
  readonly heapBytes: number;
  /**
   * Others' processor time over Sluice's, by engine; empty for cases that are only counted. Not of wall clocks: on a busy
   * machine long requests are interrupted and short ones are not.
   */
  readonly ratio: Readonly<Record<string, number>>;
}

export interface Baseline {
  /** Day, and versions of the engines. */
  readonly written: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly paranoia: number;
  readonly seed: string;
  readonly cases: Readonly<Record<string, BaselineCase>>;
}

/** @throws BenchError BENCH_NO_BASELINE, BENCH_NOT_BASELINE */
export function readBaseline(path: string): Baseline {
  if (!existsSync(path)) throw new BenchError('BENCH_NO_BASELINE', { path });
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new BenchError('BENCH_NOT_BASELINE', { path, reason: String(error) }, error);
  }
  if (isBaseline(read)) return read;
  throw new BenchError('BENCH_NOT_BASELINE', { path, reason: 'fields are missing, or are no numbers' });
}

export function writeBaseline(path: string, baseline: Baseline): void {
  writeFileSync(path, `${JSON.stringify(baseline, rounded, 2)}\n`);
}

/** Digits beyond these would only make differences between versions of the file. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toFixed(value >= 1_000 ? 0 : 2)) : value;

/** Null where the heap was collected meanwhile: such a figure is none. */
export function baselineCase(
  { work, heapBytes }: Counts,
  ratio: Readonly<Record<string, number>>,
): BaselineCase | null {
  return heapBytes === null ? null : { work: { ...work }, heapBytes, ratio };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumbers = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((each) => typeof each === 'number');

const isBaseline = (value: unknown): value is Baseline =>
  isObject(value) &&
  typeof value.written === 'string' &&
  typeof value.seed === 'string' &&
  typeof value.paranoia === 'number' &&
  isObject(value.versions) &&
  isObject(value.cases) &&
  Object.values(value.cases).every(
    (each) =>
      isObject(each) && typeof each.heapBytes === 'number' && isNumbers(each.work) && isNumbers(each.ratio),
  );
