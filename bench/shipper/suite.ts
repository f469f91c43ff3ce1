/** Contenders in turns on the same events and the same server, each in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SpoolWriter } from '../../packages/spool/src/index.ts';
import { BenchError } from '../engine/errors.ts';
import { coresByLoad } from '../engine/machine.ts';
import { pinned } from '../server/cores.ts';
import type { ContenderResult, ContenderTask } from './contender.ts';
import { openCpuLimit } from './cpu-limit.ts';
import { eventOf } from './events.ts';
import { type BenchServer, LIMITED_MILLI_CORES, openServer, type ServerName } from './servers.ts';

export type ContenderKind = ContenderTask['kind'];

export const CONTENDERS: readonly ContenderKind[] = ['sluice', 'helpers', 'helpers-text', 'prepared'];

export interface ShipperOptions {
  readonly servers: readonly ServerName[];
  readonly events: number;
  readonly rounds: number;
  readonly compress: boolean;
}

/** Medians over the rounds; of what was stored, the least. */
export interface ShipperRow {
  readonly server: ServerName;
  readonly contender: ContenderKind;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakBytes: number;
  /** In the server; of one that keeps nothing, as the contender counts. */
  readonly stored: number;
}

export interface ShipperReport {
  readonly events: number;
  readonly eventBytes: number;
  readonly rounds: number;
  readonly compress: boolean;
  readonly cores: ShipperCores;
  readonly rows: readonly ShipperRow[];
  /** What was asked for and could not be measured here, and why. */
  readonly leftOut: readonly string[];
}

/** Who ships has one for itself where there are several. */
export interface ShipperCores {
  readonly contender: number;
  readonly server: readonly number[];
}

interface Turn extends ContenderResult {
  readonly inServer: number | null;
}

const run = promisify(execFile);

/** Bytes that the writer may be ahead of the disk. */
const WAITING_BYTES_MAX = 1_048_576;

export async function runShipperSuite(
  options: ShipperOptions,
  tell: (line: string) => void,
): Promise<ShipperReport> {
  const spool = await mkdtemp(join(tmpdir(), 'sluice-bench-shipper-'));
  try {
    await fill(spool, options.events);
    const rows: ShipperRow[] = [];
    const leftOut: string[] = [];
    const cores = shipperCores(await coresByLoad());
    for (const name of options.servers) {
      const limit = name === 'limited' ? openCpuLimit(LIMITED_MILLI_CORES) : null;
      if (name === 'limited' && limit === null) {
        leftOut.push('limited: this process may make no control group of the CPU');
        continue;
      }
      tell(`${name}: starting`);
      const server = await openServer(name, cores.server);
      const start = (argv: readonly string[]): readonly string[] =>
        limit === null ? pinned(argv, [cores.contender]) : limit.within(pinned(argv, [cores.contender]));
      try {
        rows.push(...(await measure({ server, name, spool, start, tell }, options)));
      } finally {
        await server.stop();
        limit?.close();
      }
    }
    const { events, rounds, compress } = options;
    const eventBytes = JSON.stringify(eventOf(0).document).length;
    return { events, eventBytes, rounds, compress, cores, rows, leftOut };
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

async function fill(directory: string, events: number): Promise<void> {
  const writer = await SpoolWriter.open({ directory, limits: { bytesMax: 68_719_476_736 } });
  for (let number = 0; number < events; number += 1) {
    while (writer.stats.bufferedBytes > WAITING_BYTES_MAX) await sleep(5);
    writer.append(eventOf(number));
  }
  await writer.close();
}

const shipperCores = ([contender = 0, ...others]: readonly number[]): ShipperCores => ({
  contender,
  server: others.length === 0 ? [contender] : others,
});

interface Course {
  readonly server: BenchServer;
  readonly name: ServerName;
  readonly spool: string;
  /** The command by which a contender is started. */
  readonly start: (argv: readonly string[]) => readonly string[];
  readonly tell: (line: string) => void;
}

/** Prepared requests know no second attempt, and tell of a server and not of who ships. */
const contendersOf = (name: ServerName): readonly ContenderKind[] =>
  CONTENDERS.filter((kind) => kind !== 'prepared' || name === 'null' || name === 'elasticsearch');

async function measure(
  { server, name, spool, start, tell }: Course,
  { events, rounds, compress }: ShipperOptions,
): Promise<readonly ShipperRow[]> {
  const contenders = contendersOf(name);
  const turns = new Map<ContenderKind, Turn[]>(contenders.map((kind) => [kind, []]));
  // A server that has just been started is slower: round 0 is for nobody.
  for (let round = 0; round <= rounds; round += 1) {
    for (const kind of inTurns(contenders, round)) {
      const stream = await server.prepare(`${kind.replace('-', '.')}.${round}`);
      // Each begins at the spool's beginning.
      await rm(join(spool, 'readers'), { recursive: true, force: true });
      const result = await contend({ kind, url: server.url, spool, stream, compress }, start);
      const inServer = await server.count(stream);
      if (round > 0) turns.get(kind)?.push({ ...result, inServer });
      tell(
        `${name} ${round}/${rounds} ${kind}: ${Math.round(events / result.seconds)} a second, ` +
          `stored ${inServer ?? result.stored} of ${events}`,
      );
    }
  }
  return [...turns].map(([contender, each]) => ({
    server: name,
    contender,
    eventsPerSecond: median(each.map(({ seconds, inServer, stored }) => (inServer ?? stored) / seconds)),
    cpuMicrosPerEvent: median(
      each.map(({ cpuSeconds, inServer, stored }) => (cpuSeconds / (inServer ?? stored)) * 1e6),
    ),
    peakBytes: median(each.map(({ peakBytes }) => peakBytes)),
    stored: Math.min(...each.map(({ inServer, stored }) => inServer ?? stored)),
  }));
}

/** Who goes first is another each time. */
const inTurns = (contenders: readonly ContenderKind[], round: number): readonly ContenderKind[] => [
  ...contenders.slice(round % contenders.length),
  ...contenders.slice(0, round % contenders.length),
];

async function contend(task: ContenderTask, start: Course['start']): Promise<ContenderResult> {
  const file = join(import.meta.dirname, 'contender.ts');
  try {
    const [program = '', ...argv] = start([process.execPath, file, JSON.stringify(task)]);
    // Who uses the client has Node as it comes; the shipper, too, goes without what our launcher tells it.
    const { stdout } = await run(program, argv, { env: { ...process.env, NODE_OPTIONS: '' } });
    const result: ContenderResult = JSON.parse(stdout);
    return result;
  } catch (cause) {
    // The rest is the program and, of this client, the request.
    const reason = (cause instanceof Error ? cause.message : String(cause)).slice(0, 2_000);
    throw new BenchError('BENCH_CONTENDER', { name: task.kind, reason }, cause);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
