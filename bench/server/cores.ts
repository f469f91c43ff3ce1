/** Which processes run on which cores. */
import { spawnSync } from 'node:child_process';
import { BenchError } from '../engine/errors.ts';
import { coresByLoad } from '../engine/machine.ts';

export interface Cores {
  /** Two where the machine has them. */
  readonly envoy: readonly number[];
  readonly server: number;
  /** Clients and the workload. */
  readonly load: readonly number[];
  /** What shares a core for want of more; empty with four cores or more. */
  readonly shared: string;
}

const ENVOY_CORES = 2;

/** The server has a core of its own first, then Envoy two, then the load the rest. */
export function placesFor(cores: readonly number[]): Cores {
  const [server = 0, ...others] = cores;
  const envoy = others.slice(0, ENVOY_CORES);
  const load = others.slice(ENVOY_CORES);
  if (load.length > 0) return { server, envoy, load, shared: '' };
  if (others.length === 0) return { server, envoy: [server], load: [server], shared: 'all share one core' };
  // The load has its pauses while it waits, so it is put beside Envoy and not beside the server.
  if (others.length === ENVOY_CORES)
    return { server, envoy, load: envoy, shared: 'load and Envoy share two cores' };
  return { server, envoy: [server, ...envoy], load: envoy, shared: 'Envoy shares its cores with all others' };
}

export const findPlaces = async (): Promise<Cores> => placesFor(await coresByLoad());

/** Puts all threads of a process that runs already onto these cores. Throws BenchError BENCH_UNPINNED. */
export function pin(pid: number, cores: readonly number[]): void {
  const list = cores.join(',');
  const { status, error, stderr } = spawnSync('taskset', ['-a', '-c', '-p', list, String(pid)], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new BenchError('BENCH_UNPINNED', { core: list, reason: error?.message ?? stderr.trim() });
}

/** A command that runs on these cores. */
export const pinned = (argv: readonly string[], cores: readonly number[]): readonly string[] => [
  'taskset',
  '-c',
  cores.join(','),
  ...argv,
];
