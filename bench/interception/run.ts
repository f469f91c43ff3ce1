/** Interception on this machine, as root: node bench/main.ts interception [--pods N] [--requests N] [--json] */
import { parseArgs } from 'node:util';
import { whyNoNetwork } from '../../test/interception/network.ts';
import { BenchError } from '../engine/errors.ts';
import { duration } from '../engine/table.ts';
import { type LatencyRow, measureLatency } from './latency.ts';
import { measureScale, type Scale } from './scale.ts';

const HELP = `Usage: sluice bench interception [options]

Added latency of interception, and of Sluice behind it, beside a direct connection in the same run; then how long a pod
takes to be selected and released among many. In network namespaces, as root, with the real Envoy and Sluice with the CRS.

  --requests <n>   requests of each sort (2000)
  --pods <n>       pods on the node (250); 0 leaves that part out
  --json           one JSON object
`;

const REQUESTS = '2000';
const PODS = '250';

export async function runInterception(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: REQUESTS },
      pods: { type: 'string', default: PODS },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const why = whyNoNetwork();
  if (why !== null) throw new BenchError('BENCH_OPTION', { option: 'interception', reason: why });
  const latency = await measureLatency(wholeNumber('requests', values.requests));
  const pods = wholeNumber('pods', values.pods);
  const scale = pods === 0 ? null : await measureScale(pods);
  if (values.json) process.stdout.write(`${JSON.stringify({ latency, scale })}\n`);
  else process.stdout.write(format(latency, scale));
  return 0;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new BenchError('BENCH_OPTION', { option, reason: 'not a whole number' });
  return Number(text);
}

function format(latency: readonly LatencyRow[], scale: Scale | null): string {
  const rows = latency.map(
    ({ way, connections, p50, p99, addedP50, failures }) =>
      `${way.padEnd(22)} ${connections.padEnd(6)} ${duration(p50).padStart(9)} ${duration(p99).padStart(9)}` +
      ` ${(addedP50 === 0 ? '-' : `+${duration(addedP50)}`).padStart(10)} ${String(failures).padStart(8)}`,
  );
  const head = `${'way'.padEnd(22)} conns       p50       p99  added p50 failures`;
  if (scale === null) return `${[head, ...rows].join('\n')}\n`;
  const { pods, allMillis, addMillis, removeMillis, envoyMegabytes, watchers } = scale;
  const millis = (all: readonly number[]): string => all.map((each) => `${each} ms`).join(', ');
  return `${[
    head,
    ...rows,
    '',
    `${pods} pods of three ports selected at once: ${allMillis} ms; Envoy then has ${envoyMegabytes} MB and ${watchers} inotify instances`,
    `one pod more, from table to redirected: ${millis(addMillis)}`,
    `one pod less, from table to direct: ${millis(removeMillis)}`,
  ].join('\n')}\n`;
}
