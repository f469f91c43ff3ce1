/** What a process has used, from /proc. */
import { readFileSync, writeFileSync } from 'node:fs';

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

export const residentBytes = (pid: number): number => memoryOf(pid, 'VmRSS');

/** The most that was resident since the process began, or since `forgetPeak`. */
export const peakResidentBytes = (pid: number): number => memoryOf(pid, 'VmHWM');

/** What is resident now counts as the peak so far (proc(5), clear_refs). */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Processes that this one has started itself, and that run. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) * 1_024;
}
