/** GETs beside uploads, through a real Envoy: node bench/main.ts uploads --help */
import { type Machine, machine } from '../engine/machine.ts';
import { aboveZero, readOptions, wholeWithin } from '../options.ts';
import { measure, type PhaseFigures, type UploadOptions } from './measure.ts';
import { type Cores, startStand } from './stand.ts';
import { renderUploads } from './table.ts';

const HELP = `Usage: sluice bench uploads [options]

GETs in a closed loop through a real Envoy that streams to sluice serve (ext_proc), in turns: alone; beside slow uploads, of which half are
files of 1 MB and half forms of 100 KB, each of which sends a piece a second and never ends; beside huge ones of 1 GiB that send as
fast as they are taken, in windows. The same without a filter tells what the machine and Envoy do to such GETs.

  --uploads N            slow uploads at once (default: 1000)
  --huge N               huge uploads at once (default: 4)
  --connections N        that send GETs (default: 4)
  --seconds N            of each phase and round (default: 3)
  --rounds N             medians of them are told; another one warms (default: 3)
  --deadline-millis N    for a verdict, where the machine is not the benchmark's alone (default: that of sluice serve and Envoy)
  --json                 one object on standard output instead of a table

Exit status: 0; 1 where a GET or an upload was refused or broke.
`;

export interface UploadsReport {
  readonly date: string;
  readonly machine: Machine;
  readonly cores: Cores;
  readonly options: UploadOptions;
  readonly phases: readonly PhaseFigures[];
}

/** @returns the exit code: 1 where a request failed */
export async function runUploads(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const { options, json, deadlineMillis } = parseUploadOptions(args);
  const stand = await startStand(deadlineMillis);
  try {
    const place = machine(null);
    const phases = await measure(stand, options, (line) => process.stderr.write(`${line}\n`));
    const { cores } = stand;
    const report: UploadsReport = {
      date: new Date().toISOString(),
      machine: place,
      cores,
      options,
      phases,
    };
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderUploads(report));
    return phases.some(({ failed, refused }) => failed + refused > 0) ? 1 : 0;
  } finally {
    await stand.stop();
  }
}

interface Asked {
  readonly options: UploadOptions;
  readonly json: boolean;
  readonly deadlineMillis: number | null;
}

/** @throws BenchError BENCH_OPTION */
export function parseUploadOptions(args: readonly string[]): Asked {
  const values = parsed(args);
  const deadline = values['deadline-millis'];
  return {
    options: {
      uploads: wholeWithin('--uploads', values.uploads, 1, 999_999),
      huge: wholeWithin('--huge', values.huge, 1, 999_999),
      connections: wholeWithin('--connections', values.connections, 1, 999_999),
      seconds: aboveZero('--seconds', values.seconds),
      rounds: wholeWithin('--rounds', values.rounds, 1, 999_999),
    },
    json: values.json,
    deadlineMillis: deadline === undefined ? null : wholeWithin('--deadline-millis', deadline, 1, 999_999),
  };
}

const parsed = (args: readonly string[]) =>
  readOptions('bench uploads', args, {
    uploads: { type: 'string', default: '1000' },
    huge: { type: 'string', default: '4' },
    connections: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    'deadline-millis': { type: 'string' },
    json: { type: 'boolean', default: false },
  });
