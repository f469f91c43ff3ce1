/** Part of a core for a process, as a container has it whose `limits.cpu` is set: the kernel's own quota (CFS), in a control group. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where this process may make control groups of version 1; version 2 has the same under another name. */
const PARENTS = [
  { path: '/sys/fs/cgroup/cpu', set: quotaOfVersion1 },
  { path: '/sys/fs/cgroup', set: quotaOfVersion2 },
] as const;

/** The kernel's default, and that of containers. */
const PERIOD_MICROS = 100_000;

export interface CpuLimit {
  /** A command that runs within it, with all that it starts. */
  within(argv: readonly string[]): readonly string[];
  close(): void;
}

/** @returns null where this process may not make one: it takes root, and a control group of the CPU that can be written to */
export function openCpuLimit(milliCores: number): CpuLimit | null {
  const quota = Math.round((milliCores / 1_000) * PERIOD_MICROS);
  for (const { path, set } of PARENTS) {
    const group = join(path, `sluice-bench-${process.pid}`);
    if (!couldMake(group) || !couldSet(group, () => set(group, quota))) continue;
    return {
      within: (argv) => ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh', ...argv],
      close: () => rmdirSync(group),
    };
  }
  return null;
}

function couldMake(group: string): boolean {
  try {
    mkdirSync(group);
    return true;
  } catch {
    // No root, no such hierarchy, or one that cannot be written to: the caller says that there is no limit here.
    return false;
  }
}

function couldSet(group: string, set: () => void): boolean {
  try {
    set();
    return true;
  } catch {
    // As above: the hierarchy has no controller of the CPU.
    rmdirSync(group);
    return false;
  }
}

function quotaOfVersion1(group: string, quota: number): void {
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_MICROS));
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota));
}

function quotaOfVersion2(group: string, quota: number): void {
  writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_MICROS}`);
}
