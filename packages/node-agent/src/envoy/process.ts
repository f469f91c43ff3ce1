/** Envoy's process: it outlives the agent, and the next agent takes it over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NodeAgentError, reasonOf } from '../errors.ts';
import { ENVOY_STOP_MILLIS_MAX, LOG_TAIL_CHARACTERS_MAX, TICK_MILLIS } from '../limits.ts';

/** A process by number and time of birth, as numbers are used again. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since the machine started. */
  readonly startTicks: string;
  /** Where the number means something: `pid:[4026531836]`. Agents in two containers have two. */
  readonly namespace: string;
}

const OWN_NAMESPACE = readlinkSync('/proc/self/ns/pid');

/** A process of another container: there is no looking at it, and no signal reaches it. */
export const isElsewhere = ({ namespace }: ProcessId): boolean => namespace !== OWN_NAMESPACE;

export interface EnvoyLaunch {
  readonly binary: string;
  readonly bootstrapPath: string;
  readonly logPath: string;
  readonly concurrency: number;
  readonly drainSeconds: number;
}

/** Measured: CAP_SYS_ADMIN to enter pods' namespaces, CAP_NET_RAW for clients' addresses and the mark (Linux 5.17 and newer). */
const CAPABILITIES = '+sys_admin,+net_raw';

/** @throws NodeAgentError NODE_ENVOY_START */
export async function launchEnvoy(launch: EnvoyLaunch): Promise<ProcessId> {
  const { binary, logPath } = launch;
  if (!existsSync(binary))
    throw new NodeAgentError('NODE_ENVOY_START', { reason: `there is no ${binary}`, binary });
  const log = openSync(logPath, 'w', 0o600);
  try {
    const [file = '', ...argv] = commandOf(launch);
    // In a group and session of its own: what ends the agent does not end the data path.
    const child = spawn(file, argv, { cwd: '/', detached: true, stdio: ['ignore', log, log] });
    await once(child, 'spawn');
    child.unref();
    const found = readProcess(child.pid ?? 0);
    if (found === null)
      throw new NodeAgentError('NODE_ENVOY_START', {
        reason: logTail(logPath) || 'it ended at once',
        binary,
      });
    return found;
  } catch (cause) {
    if (cause instanceof NodeAgentError) throw cause;
    throw new NodeAgentError('NODE_ENVOY_START', { reason: reasonOf(cause), binary }, { cause });
  } finally {
    closeSync(log);
  }
}

/** setpriv takes all capabilities but two away, whether the agent runs as root or as another user. */
function commandOf({ binary, bootstrapPath, concurrency, drainSeconds }: EnvoyLaunch): string[] {
  return [
    'setpriv',
    ...['--inh-caps', `-all,${CAPABILITIES}`, '--ambient-caps', `-all,${CAPABILITIES}`],
    ...['--bounding-set', `-all,${CAPABILITIES}`, '--no-new-privs'],
    binary,
    ...['--config-path', bootstrapPath],
    ...['--concurrency', String(concurrency)],
    ...['--drain-time-s', String(drainSeconds), '--drain-strategy', 'immediate'],
    ...['--log-level', 'warning'],
    // One Envoy hands over to the next by the pods' rulesets, of whatever version it is: they share no memory.
    '--disable-hot-restart',
  ];
}

/** Null where there is no such process, or it has ended and nobody has asked how. */
export function readProcess(pid: number): ProcessId | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended.
    return null;
  }
  // The name stands in parentheses and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'X'] = fields;
  return state === 'Z' || state === 'X'
    ? null
    : { pid, startTicks: fields[19] ?? '', namespace: OWN_NAMESPACE };
}

export const isAlive = (id: ProcessId): boolean =>
  !isElsewhere(id) && readProcess(id.pid)?.startTicks === id.startTicks;

/** Ends it, first kindly. */
export async function endProcess(id: ProcessId): Promise<void> {
  signal(id, 'SIGTERM');
  const until = performance.now() + ENVOY_STOP_MILLIS_MAX;
  while (isAlive(id) && performance.now() < until) await sleep(TICK_MILLIS);
  signal(id, 'SIGKILL');
  while (isAlive(id)) await sleep(TICK_MILLIS);
}

function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export function logTail(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-LOG_TAIL_CHARACTERS_MAX).trim();
  } catch {
    // Nothing was said.
    return '';
  }
}
