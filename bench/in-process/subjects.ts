/** Suites within one process, run by benny: parts of the engine by themselves, each on values that vary. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import benny from 'benny';
import { BenchError } from '../engine/errors.ts';

/** Something that is done with one value after the other. */
export interface Subject {
  readonly name: string;
  /** Mean bytes of a value. */
  readonly bytes: number;
  /** Does it with the next value. */
  run(): void;
}

/** Values come round only after so many others: none of them is still where the processor keeps what it saw last. */
export const VALUES = 512;

/** Of values that are taken in turn. */
export function subject<T extends { readonly length: number }>(
  name: string,
  values: readonly T[],
  act: (value: T) => unknown,
): Subject {
  let at = 0;
  let last: unknown;
  return {
    name,
    bytes: values.reduce((sum, value) => sum + value.length, 0) / values.length,
    run: () => {
      // Kept, so that what is computed cannot be left out.
      last = act(values[at] as T);
      at = at + 1 === values.length ? 0 : at + 1;
      if (last === SENTINEL) at = 0;
    },
  };
}

const SENTINEL = Symbol('never returned');

interface SubjectRow {
  readonly name: string;
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly nsPerByte: number;
  /** Half the width of the mean's 95 % interval, in percent of it. */
  readonly marginPercent: number;
}

/**
 * `--seconds N` for each (default 0.5), `--only NAME` for those whose name has it, `--json`.
 *
 * @param make is called once the options are found good
 * @returns the exit code
 */
export async function runSubjects(
  suite: string,
  make: () => readonly Subject[],
  args: readonly string[],
): Promise<number> {
  const { seconds, only, json } = parsed(args);
  const subjects = make().filter(({ name }) => name.includes(only));
  if (subjects.length === 0)
    throw new BenchError('BENCH_OPTION', { option: '--only', reason: `nothing has ${only} in its name` });
  const options = { maxTime: seconds, minSamples: 20, initCount: 10 };
  const summary = await quietly(() =>
    benny.suite(
      suite,
      ...subjects.map(({ name, run }) => benny.add(name, () => run, options)),
      // Progress for those who wait; the table comes at the end.
      benny.cycle(({ name, ops }) => {
        if (name !== undefined) process.stderr.write(`${name}: ${ops.toLocaleString('en')} a second\n`);
      }),
    ),
  );
  const rows = summary.results.map(({ name, details, margin }): SubjectRow => {
    const bytes = subjects.find((each) => each.name === name)?.bytes ?? Number.NaN;
    const sorted = details.sampleResults.toSorted((a, b) => a - b);
    const at = (part: number): number => (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN) * 1e6;
    return {
      name,
      bytes,
      p50Us: at(0.5),
      p99Us: at(0.99),
      nsPerByte: (at(0.5) * 1_000) / bytes,
      marginPercent: margin,
    };
  });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  if (json) process.stdout.write(`${JSON.stringify({ suite, machine, rows }, null, 2)}\n`);
  else process.stdout.write(`${machine.cpu}, Node ${machine.node}\n\n${rows.map(line).join('\n')}\n`);
  return 0;
}

/** benny says on standard output what it runs; that is the report's. */
async function quietly<T>(action: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = console.error;
  try {
    return await action();
  } finally {
    console.log = log;
  }
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '0.5' },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
      },
    });
    const seconds = Number(values.seconds);
    if (!(seconds > 0))
      throw new BenchError('BENCH_OPTION', { option: '--seconds', reason: 'a number above 0' });
    return { ...values, seconds };
  } catch (error) {
    if (error instanceof BenchError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BenchError('BENCH_OPTION', { option: '--seconds N, --only NAME, --json', reason }, error);
  }
}

const line = ({ name, bytes, p50Us, p99Us, nsPerByte, marginPercent }: SubjectRow): string =>
  [
    name.padEnd(34),
    `${Math.round(bytes)} B`.padStart(9),
    `p50 ${p50Us.toFixed(2)} µs`.padStart(16),
    `p99 ${p99Us.toFixed(2)} µs`.padStart(16),
    `${nsPerByte.toFixed(2)} ns/byte`.padStart(15),
    `±${marginPercent.toFixed(1)} %`.padStart(8),
  ].join(' ');
