/** Takes everything away that the agents of a folder have put on this machine: from pods, from processes, from the disk. */
import { existsSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demandCapabilities } from './capabilities.ts';
import { CONTROL_SOCKET, tellAgent } from './control.ts';
import { endEnvoy, isLeft } from './envoy/node-envoy.ts';
import { Slot } from './envoy/slot.ts';
import { NodeAgentError } from './errors.ts';
import { findNamespace } from './kernel/namespace.ts';
import { hasRedirection, openThrough, remove } from './kernel/redirection.ts';
import { agentName } from './kernel/ruleset.ts';
import { readSockets } from './kernel/sockets.ts';
import { DRAIN_LOOK_MILLIS, QUIET_MILLIS, REDIRECT_PORTS } from './limits.ts';
import { type EnvoyState, readState, STATE_FILE } from './state.ts';

export interface UninstallOptions {
  readonly stateDirectory: string;
  /** Time for connections to end by themselves. */
  readonly drainSeconds: number;
}

export interface Uninstalled {
  /** Paths of the network namespaces that something was removed from. */
  readonly namespaces: readonly string[];
  readonly envoys: number;
}

/** @throws NodeAgentError NODE_AGENT_ROOT_NEEDED, NODE_AGENT_COMMAND, NODE_AGENT_STATE */
export async function uninstall({ stateDirectory, drainSeconds }: UninstallOptions): Promise<Uninstalled> {
  demandCapabilities();
  try {
    await tellAgent(join(stateDirectory, CONTROL_SOCKET), stateDirectory, 'stop');
  } catch (error) {
    if (!(error instanceof NodeAgentError) || error.code !== 'NODE_AGENT_NOT_RUNNING') throw error;
  }
  const { envoy, retiring, pods } = readState(join(stateDirectory, STATE_FILE));
  const known = pods.map(({ namespaceId }) => namespaceId);
  const namespaces = await redirectedNamespaces(agentName(stateDirectory), new Set(known));
  // New connections go to the workloads first; then those through Envoy may end; then all goes.
  await Promise.all(namespaces.map((path) => openThrough(path)));
  const envoys: EnvoyState[] = [];
  for (const each of [envoy, retiring]) {
    if (each !== null && (await isLeft(stateDirectory, each))) envoys.push(each);
  }
  if (envoys.length > 0 && namespaces.length > 0) {
    await sleep(QUIET_MILLIS);
    await drained(namespaces, performance.now() + 1_000 * drainSeconds);
  }
  for (const { process, slot } of envoys) await endEnvoy(process, new Slot(stateDirectory, slot));
  const removed = await Promise.all(namespaces.map((path) => remove(path)));
  if (existsSync(stateDirectory)) rmSync(stateDirectory, { recursive: true });
  return { namespaces: namespaces.filter((_, index) => removed[index]), envoys: envoys.length };
}

async function drained(namespaces: readonly string[], until: number): Promise<void> {
  let open = namespaces;
  while (open.length > 0 && performance.now() < until) {
    const counts = await Promise.all(open.map(connections));
    open = open.filter((_, index) => (counts[index] ?? 0) > 0);
    if (open.length > 0) await sleep(DRAIN_LOOK_MILLIS);
  }
}

async function connections(path: string): Promise<number> {
  if (findNamespace(path).state !== 'Usable') return 0;
  const sockets = await readSockets(path);
  return REDIRECT_PORTS.reduce((sum, port) => sum + sockets.redirected(port), 0);
}

/** Namespaces with a trace of ours, wherever they are named: also those that a lost state file does not know. */
async function redirectedNamespaces(agent: string, known: ReadonlySet<string>): Promise<readonly string[]> {
  const byId = new Map<string, string>();
  for (const path of [...globSync('/run/netns/*'), ...globSync('/proc/[0-9]*/ns/net')]) {
    const found = findNamespace(path);
    if (found.state === 'Usable' && !byId.has(found.id)) byId.set(found.id, path);
  }
  const all = [...byId];
  // In a namespace that the agent had in hand, what is left may lack the table that says whose it is.
  const ours = await Promise.all(all.map(([id, path]) => known.has(id) || hasRedirection(path, agent)));
  return all.flatMap(([, path], index) => (ours[index] ? [path] : []));
}
