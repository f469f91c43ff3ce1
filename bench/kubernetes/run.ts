/** The controller on a real API server: node bench/main.ts kubernetes [options] */
import { availableParallelism, loadavg } from 'node:os';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { BenchError } from '../engine/errors.ts';
import { duration, size as sizeText } from '../engine/table.ts';
import { readOptions, wholeWithin } from '../options.ts';
import { measureRound, type Round } from './measure.ts';
import { type Size, Stand } from './stand.ts';

const HELP = `Usage: sluice bench kubernetes [options]

How long the controller takes from its start, with nothing written yet, until everything stands in a real API server on the
same machine; how long one change takes from the API server's answer to the spec of a node; and its memory.

  --services <n>   Services, all of them selected (1000)
  --policies <n>   WAFPolicies, each for one Service (200)
  --pods <n>       pods behind the Services (5000)
  --nodes <n>      nodes that they run on (50)
  --changes <n>    changes of each sort in a round (5)
  --rounds <n>     (3)
  --json           one JSON object
`;

const OPTIONS = {
  services: { type: 'string', default: '1000' },
  policies: { type: 'string', default: '200' },
  pods: { type: 'string', default: '5000' },
  nodes: { type: 'string', default: '50' },
  changes: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '3' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export async function runKubernetes(args: readonly string[]): Promise<number> {
  const values = readOptions('bench kubernetes', args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (kubernetesPrograms() === null)
    throw new BenchError('BENCH_OPTION', {
      option: 'kubernetes',
      reason: 'the API server is not built: ./sluice test does it',
    });
  const size: Size = {
    services: wholeWithin('--services', values.services, 1, 10_000),
    policies: wholeWithin('--policies', values.policies, 1, 2_000),
    pods: wholeWithin('--pods', values.pods, 1, 20_000),
    nodes: wholeWithin('--nodes', values.nodes, 1, 1_000),
  };
  const changes = wholeWithin('--changes', values.changes, 1, size.policies);
  const rounds = wholeWithin('--rounds', values.rounds, 1, 100);
  const measured: Round[] = [];
  const stand = await Stand.start(size);
  try {
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
      measured.push(await measureRound(stand, size, changes));
    }
  } finally {
    await stand.stop();
  }
  const report = { cores: availableParallelism(), load: loadavg()[0] ?? 0, size, rounds: measured };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : table(report));
  return 0;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

interface Report {
  readonly cores: number;
  readonly load: number;
  readonly size: Size;
  readonly rounds: readonly Round[];
}

function table({ cores, load, size, rounds }: Report): string {
  const millis = (name: string, values: readonly number[]): string => {
    const most = Math.max(...values);
    return `${name.padEnd(44)} ${duration(median(values) * 1_000).padStart(10)} ${duration(most * 1_000).padStart(10)}`;
  };
  const bytes = (name: string, values: readonly number[]): string =>
    `${name.padEnd(44)} ${sizeText(median(values)).padStart(10)} ${sizeText(Math.max(...values)).padStart(10)}`;
  const lines = [
    `${size.services} Services, ${size.policies} policies, ${size.pods} pods on ${size.nodes} nodes; API server and controller on ${cores} cores, load ${load.toFixed(1)}`,
    '',
    `${''.padEnd(44)} ${'median'.padStart(10)} ${'worst'.padStart(10)}`,
    millis(
      'from its start to everything written',
      rounds.map(({ coldMillis }) => coldMillis),
    ),
    millis(
      'a Service annotated, to the spec of a node',
      rounds.flatMap(({ serviceMillis }) => serviceMillis),
    ),
    millis(
      'a policy changed, to the spec of a node',
      rounds.flatMap(({ policyMillis }) => policyMillis),
    ),
    bytes(
      'memory of the controller, at the end',
      rounds.map(({ residentBytes }) => residentBytes),
    ),
    bytes(
      'its peak until everything was written',
      rounds.map(({ coldPeakBytes }) => coldPeakBytes),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
