/** Where figures come from, and where processes are put. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
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
 * The core that was asked for, or the last one of those that this process may use.
 *
 * @throws BenchError BENCH_UNPINNED where no process can be put there
 */
export function coreFor(wanted: number | null): number {
  const core = wanted ?? lastAllowed();
  const { status, error, stderr } = spawnSync('taskset', ['-c', String(core), 'true'], { encoding: 'utf8' });
  if (status === 0) return core;
  throw new BenchError('BENCH_UNPINNED', { core, reason: error?.message ?? stderr.trim() });
}

/** Of a list such as "0-3,8". */
function lastAllowed(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^Cpus_allowed_list:.*?(\d+)\s*$/m.exec(status)?.[1] ?? 0);
}
