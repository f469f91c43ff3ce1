/** What a process has used, from /proc. */
import { readFileSync } from 'node:fs';

/** USER_HZ: the unit of times in /proc, the same on every Linux of this architecture (proc(5)). */
const TICKS_A_SECOND = 100;

/** Where utime and stime stand in /proc/PID/stat, counted from behind the name, which may hold blanks. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Seconds of processor of all threads, user and system, in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_A_SECOND;
}

export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}
