/** A process with its descendants: Elasticsearch's launcher starts the server as a child of its own. */
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a member of the group runs. Those that ended and that nobody has waited for do not. */
export function groupRuns(group: number): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && runsIn(name, group));
}

function runsIn(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold anything: `1 (a) b) S parent group …`.
    const [state, , member] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && Number(member) === group;
  } catch {
    // It ended while it was looked at.
    return false;
  }
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // A group that has ended has nothing to signal; anything else is a defect.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
