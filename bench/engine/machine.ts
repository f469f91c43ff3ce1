/** Where figures come from, and where processes are put. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from './errors.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** The core on which all engines ran; null where Sluice ran alone and free. */
  readonly core: number | null;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Processes that wanted to run in the last minute before the start: above 1, figures are noisy. */
  readonly loadAverage: number;
}

export const machine = (core: number | null): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  core,
  memoryBytes: totalmem(),
  kernel: release(),
  loadAverage: loadavg()[0] ?? 0,
});

/**
 * The core that was asked for, or of those that this process may use the one that has least to do.
 *
 * @throws BenchError BENCH_UNPINNED where no process can be put there
 */
export async function coreFor(wanted: number | null): Promise<number> {
  const core = wanted ?? (await coresByLoad())[0] ?? 0;
  const { status, error, stderr } = spawnSync('taskset', ['-c', String(core), 'true'], { encoding: 'utf8' });
  if (status === 0) return core;
  throw new BenchError('BENCH_UNPINNED', { core, reason: error?.message ?? stderr.trim() });
}

const WATCHED_MILLIS = 500;

/** The cores that this process may use, the one that has least to do first. */
export async function coresByLoad(): Promise<readonly number[]> {
  const before = cpus();
  await sleep(WATCHED_MILLIS);
  const idle = cpus().map(({ times }, core) => times.idle - (before[core]?.times.idle ?? 0));
  const allowed = allowedCores().filter((core) => core < idle.length);
  // Of equals the last: much begins on the first.
  return allowed.toSorted((a, b) => (idle[b] ?? 0) - (idle[a] ?? 0) || b - a);
}

/** Of a list such as "0-3,8". */
function allowedCores(): readonly number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
