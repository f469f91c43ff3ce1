/** The commands of `sluice node-agent` that change something. */
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CONTROL_SOCKET,
  DRAIN_SECONDS,
  ENVOY_CONCURRENCY,
  NodeAgent,
  tellAgent,
  uninstall,
} from '@sluice/node-agent';
import { pino } from 'pino';
import { LineSink } from '../serve/line-sink.ts';
import { envoyBinary } from '../setup/paths.ts';

const LOG_WAITING_BYTES_MAX = 1_048_576;
const ALIVE_MILLIS = 3_600_000;

export interface RunOptions {
  readonly table: string;
  readonly state: string;
  readonly node?: string;
  readonly envoy?: string;
  readonly concurrency?: number;
  readonly drainSeconds?: number;
  readonly takeOver?: true;
  readonly leaveOnExit?: true;
  readonly readyFile?: string;
}

/** Resolves once the agent has ended, by a signal or because it was told to; one that has yielded waits for the signal. */
export async function runNodeAgent(options: RunOptions): Promise<void> {
  const lines = new LineSink(2, LOG_WAITING_BYTES_MAX);
  const agent = new NodeAgent({
    tablePath: resolve(options.table),
    stateDirectory: resolve(options.state),
    binary: resolve(options.envoy ?? envoyBinary()),
    node: options.node ?? hostname(),
    concurrency: options.concurrency ?? ENVOY_CONCURRENCY,
    drainSeconds: options.drainSeconds ?? DRAIN_SECONDS,
    takeOver: options.takeOver === true,
    ...(options.readyFile === undefined ? {} : { readyFile: resolve(options.readyFile) }),
    log: pino({ base: { service: 'sluice-node-agent' }, timestamp: pino.stdTimeFunctions.isoTime }, lines),
  });
  await agent.start();
  const signalled = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]).then(() => true);
  // Of one that has yielded, its successor uses the Envoy until it has one of its own.
  const ended = agent.ended.then(() => (agent.hasYielded ? signalled : false));
  // Waiting for a signal keeps no process alive, and one that has yielded has nothing else: gone, its container would start it anew, and
  // it would take over from its successor.
  const alive = setInterval(() => undefined, ALIVE_MILLIS);
  const isSignalled = await Promise.race([signalled, ended]);
  clearInterval(alive);
  if (isSignalled && options.leaveOnExit === true) await agent.leave();
  else await agent.stop();
  await lines.end();
}

export function handOver(state: string): Promise<void> {
  const directory = resolve(state);
  return tellAgent(join(directory, CONTROL_SOCKET), directory, 'hand-over');
}

export async function runUninstall(state: string, drainSeconds = DRAIN_SECONDS): Promise<void> {
  const { namespaces, envoys } = await uninstall({ stateDirectory: resolve(state), drainSeconds });
  process.stdout.write(`Removed from ${namespaces.length} network namespaces; ${envoys} Envoy ended.\n`);
}
