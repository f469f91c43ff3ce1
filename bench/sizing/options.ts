/** What a run is asked for on its command line. */
import type { BenchCase } from '../engine/cases/case.ts';
import type { Paranoia } from '../engine/rules.ts';
import { aboveZero, readOptions, wholeWithin } from '../options.ts';
import { SIZING_CASES, sizingCasesNamed } from './cases.ts';

export interface SizingOptions {
  readonly cases: readonly BenchCase[];
  /** Numbers of cores that Sluice gets, a process for each. */
  readonly cores: readonly number[];
  readonly paranoia: readonly Paranoia[];
  /** Of each cell, after as long a time to warm up. */
  readonly seconds: number;
  readonly connections: number;
  /** Uploads at once in the look at memory; 0 leaves it out. */
  readonly uploads: number;
  readonly seed: string;
  readonly json: boolean;
}

export const SIZING_HELP = `Usage: sluice bench sizing [options]

Requests a second and resident memory of \`sluice serve\`, asked by ext_proc through a real Envoy, by cores, paranoia level and
size of bodies. With more than one core: serve --processes, each on a core of its own. Then memory beside many uploads at once.

  --cases NAMES       with commas between, or "all" (default):
${SIZING_CASES.map(({ name, about }) => `                        ${name.padEnd(9)} ${about}`).join('\n')}
  --cores LIST        numbers of cores of Sluice (default: 1,2)
  --paranoia LIST     paranoia levels of the CRS (default: 1,2,4)
  --seconds N         of each cell, after as long a time to warm up (default: 3)
  --connections N     each sends its next request when it has its answer (default: 16)
  --uploads N         uploads of 1 MB at once in the look at memory; 0 leaves it out (default: 200)
  --seed TEXT         other requests of the same kinds (default: 1)
  --json              one object on standard output instead of a table

Exit status: 0; 1 where a request was not answered with 200.
docs/sizing.md tells what is measured and how to read it.
`;

/** @throws BenchError BENCH_OPTION */
export function parseSizingOptions(args: readonly string[]): SizingOptions {
  const values = parsed(args);
  return {
    cases: sizingCasesNamed(values.cases),
    cores: values.cores.split(',').map((text) => wholeWithin('--cores', text, 1, 64)),
    paranoia: values.paranoia.split(',').map((text) => wholeWithin('--paranoia', text, 1, 4) as Paranoia),
    seconds: aboveZero('--seconds', values.seconds),
    connections: wholeWithin('--connections', values.connections, 1, 1_000),
    uploads: wholeWithin('--uploads', values.uploads, 0, 1_000),
    seed: values.seed,
    json: values.json,
  };
}

const parsed = (args: readonly string[]) =>
  readOptions('bench sizing', args, {
    cases: { type: 'string', default: 'all' },
    cores: { type: 'string', default: '1,2' },
    paranoia: { type: 'string', default: '1,2,4' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    uploads: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });
