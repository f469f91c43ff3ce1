/** What the console is like with a million events: node bench/main.ts console --help */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { BenchError } from '../engine/errors.ts';
import { coresByLoad, type Machine, machine } from '../engine/machine.ts';
import { duration, size } from '../engine/table.ts';
import { readOptions, wholeWithin } from '../options.ts';
import { pinned } from '../server/cores.ts';
import { type Figure, figureOf, type Measured, type Sizes } from './figures.ts';
import { startConsoleHub } from './hub.ts';
import { SEEDED_UNTIL, seededStore } from './seed.ts';

const HELP = `Usage: sluice bench console [options]

sluice hub with its console over a store of SQLite, and Chromium, both on the same cores. First view: a browser that has nothing of the console
but a session goes to the overview of a day in which all events lie. Search: a query, from the button to the rows, and until bars and facets are
there too. The store is made once and kept in the cache.

  --events N   events of a day (default: 1000000), beside 57,600 documents of traffic
  --seed N     others of the same kind (default: 1)
  --rounds N   of each; medians and p99 are told (default: 20)
  --cores N    that hub and browser share (default: 2)
  --json       one object on standard output instead of a table

Wanted on two cores: a first view within 2 s, the rows of a search within 1 s.
`;

export interface ConsoleReport {
  readonly date: string;
  readonly machine: Machine;
  readonly cores: readonly number[];
  readonly events: number;
  readonly figures: readonly Figure[];
  readonly sizes: Sizes;
}

interface Asked {
  readonly events: number;
  readonly seed: number;
  readonly rounds: number;
  readonly cores: number;
}

/** @returns the exit code */
export async function runConsole(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const values = readOptions('bench console', args, {
    events: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '20' },
    cores: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  });
  const report = await suite({
    events: wholeWithin('--events', values.events, 100, 50_000_000),
    seed: wholeWithin('--seed', values.seed, 0, 999_999_999),
    rounds: wholeWithin('--rounds', values.rounds, 1, 1_000),
    cores: wholeWithin('--cores', values.cores, 1, 64),
  });
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  return 0;
}

async function suite({ events, seed, rounds, cores: count }: Asked): Promise<ConsoleReport> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const store = await seededStore(events, seed, say);
  const cores = (await coresByLoad()).slice(0, count);
  const before = machine(null);
  const directory = new TemporaryDirectory('sluice-bench-console-');
  const hub = await startConsoleHub(directory.path, store, cores);
  try {
    const { views, found } = measuredBy([hub.welcome, String(SEEDED_UNTIL), String(rounds)], cores);
    return {
      ...{ date: new Date().toISOString(), machine: before, cores, events, sizes: views.sizes },
      figures: [
        figureOf('first view: figures', views.shown),
        figureOf('first view: all of it', views.whole),
        figureOf('search: rows', found.rows),
        figureOf('search: bars and facets', found.whole),
      ],
    };
  } finally {
    await hub.stop();
    directory.remove();
  }
}

/** By a process of its own, whose browser is on its cores. @throws BenchError BENCH_CONTENDER */
function measuredBy(args: readonly string[], cores: readonly number[]): Measured {
  const program = join(import.meta.dirname, 'chromium/main.ts');
  const [file = '', ...argv] = pinned([process.execPath, program, ...args], cores);
  const { stdout, status } = spawnSync(file, argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return JSON.parse(stdout);
  throw new BenchError('BENCH_CONTENDER', { name: 'the browser', reason: `it ended with ${status}` });
}

function render({ machine: { cpu, loadAverage }, cores, events, figures, sizes }: ConsoleReport): string {
  const rows = figures.map(
    ({ name, p50, p99, samples }) =>
      `${name.padEnd(26)}${duration(p50 * 1_000).padStart(10)}${duration(p99 * 1_000).padStart(10)}${String(samples).padStart(9)}`,
  );
  return [
    `${cpu}, cores ${cores.join(' and ')} for hub and browser, load ${loadAverage.toFixed(1)}; ${events} events`,
    '',
    `${''.padEnd(26)}${'p50'.padStart(10)}${'p99'.padStart(10)}${'samples'.padStart(9)}`,
    ...rows,
    '',
    `loaded before anything is asked: ${sizes.requests} files, ${size(sizes.bytes)}, by gzip ${size(sizes.gzipBytes)}`,
    '',
  ].join('\n');
}
