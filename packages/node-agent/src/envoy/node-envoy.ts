/** The node's Envoy: one process in a slot, and the configuration that it was given. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InterceptedPod,
  type NodeConfig,
  type NodeSettings,
  nodeBootstrap,
  nodeConfig,
  readXdsState,
  XdsFiles,
  type XdsUpdates,
  type XdsVersions,
} from '@sluice/envoy-config';
import { NodeAgentError, reasonOf } from '../errors.ts';
import { runCommand } from '../kernel/command.ts';
import { ENVOY_START_MILLIS_MAX, ENVOY_STOP_MILLIS_MAX, TICK_MILLIS } from '../limits.ts';
import type { EnvoyState } from '../state.ts';
import { writeWhole } from '../whole-file.ts';
import { askAdmin, isReady, isThere, tellAdmin } from './admin.ts';
import { endProcess, isAlive, isElsewhere, launchEnvoy, logTail, type ProcessId } from './process.ts';
import { Slot, type SlotNumber } from './slot.ts';

export interface EnvoyOptions {
  /** Name of the node, in Envoy's log. */
  readonly node: string;
  readonly stateDirectory: string;
  readonly binary: string;
  readonly concurrency: number;
  readonly drainSeconds: number;
}

export interface EnvoyPlan {
  readonly settings: Omit<NodeSettings, 'redirectPort'>;
  readonly pods: readonly InterceptedPod[];
}

export interface Progress {
  /** It has looked at the configuration that was written last. */
  readonly isSettled: boolean;
  /** It has let go of all that was written before. */
  readonly isDrained: boolean;
  readonly rejections: readonly Rejection[];
}

export interface Rejection {
  readonly resource: string;
  readonly details: string;
  /** It is not one pod's: a table of routes. */
  readonly isShared: boolean;
}

export interface Activity {
  readonly requests: number;
  /** That speak HTTP. */
  readonly connections: number;
  /** That the others have moved, in both directions, since Envoy's start. */
  readonly otherBytes: number;
}

export class NodeEnvoy {
  readonly slot: Slot;
  readonly version: string;
  readonly process: ProcessId;
  readonly #fingerprint: string;
  readonly #files: XdsFiles;
  #written: XdsVersions;
  /** What was written last, as JSON: making a configuration of it takes a tenth of a second for 1,000 ports. */
  #plan = '';
  #isPruned = false;
  /** Versions that Envoy has refused, so that nothing more is to be waited for. */
  readonly #refused = new Set<string>();
  readonly #rejectedBefore = new Map<string, number>();
  /** Of one elsewhere: whether it was there when it was last looked for. */
  #isThere = true;

  constructor(slot: Slot, state: EnvoyState, files: XdsFiles, written: XdsVersions) {
    this.slot = slot;
    this.version = state.version;
    this.process = state.process;
    this.#fingerprint = state.fingerprint;
    this.#files = files;
    this.#written = written;
  }

  get state(): EnvoyState {
    const { process, version } = this;
    return { slot: this.slot.number, process, version, fingerprint: this.#fingerprint };
  }

  /** Of one elsewhere: when `feel` last resolved. */
  get isAlive(): boolean {
    return this.isElsewhere ? this.#isThere : isAlive(this.process);
  }

  /** Whether another container has it: the one whose agent this one has taken over from. */
  get isElsewhere(): boolean {
    return isElsewhere(this.process);
  }

  async feel(): Promise<void> {
    if (this.isElsewhere) this.#isThere = await isThere(this.slot.adminSocket);
  }

  /** Whether it is what would be started now. */
  isCurrent(options: EnvoyOptions): boolean {
    return !this.isElsewhere && this.#fingerprint === fingerprintOf(options);
  }

  /** Gives it a configuration, or nothing where it has the same. @throws EnvoyConfigError ENVOY_OPTION */
  write(plan: EnvoyPlan): void {
    const text = JSON.stringify(plan);
    if (text === this.#plan) return;
    this.#written = this.#files.write(configOf(plan, this.slot));
    this.#plan = text;
    this.#isPruned = false;
  }

  /** Lets go of clusters and routes that only drained listeners needed. */
  prune(): void {
    if (this.#isPruned) return;
    this.#written = this.#files.prune();
    this.#isPruned = true;
  }

  /** How far it is with what was written last. Rejects where its admin interface does not answer. */
  async progress(): Promise<Progress> {
    const state = await readXdsState(this.slot.adminSocket);
    const { listeners, clusters, routes } = this.#written;
    const settled = [
      this.#isSettled('listeners', listeners, state.listeners),
      this.#isSettled('clusters', clusters, state.clusters),
    ];
    const rejections: Rejection[] = state.rejections.map((one) => ({ ...one, isShared: false }));
    // Envoy has those that its listeners ask for.
    for (const [name, updates] of state.routes) {
      const version = routes.get(name);
      if (version === undefined) continue;
      settled.push(this.#isSettled(name, version, updates));
      if (updates.version !== version && this.#refused.has(`${name} ${version}`))
        rejections.push({
          resource: name,
          details: 'its routes were refused: Envoy’s log has the reason',
          isShared: true,
        });
    }
    return { isSettled: settled.every(Boolean), isDrained: state.isDrained, rejections };
  }

  #isSettled(name: string, version: string, updates: XdsUpdates): boolean {
    const key = `${name} ${version}`;
    if (updates.version !== version && updates.rejected > (this.#rejectedBefore.get(name) ?? 0))
      this.#refused.add(key);
    this.#rejectedBefore.set(name, updates.rejected);
    return updates.version === version || this.#refused.has(key);
  }

  /**
   * What is under way through a pod's listeners: requests, tunnels of upgrades among them, and connections.
   * @param uid of the pod
   */
  async activity(uid: string): Promise<Activity> {
    const escaped = uid.replaceAll(/[^\w-]/g, '.');
    const http = `http\\.pod/${escaped}/.*\\.downstream_(rq|cx)_active`;
    const other = `tcp\\.uninspected/${escaped}\\.downstream_cx_[rt]x_bytes_total`;
    const filter = encodeURIComponent(`^(${http}|${other})$`);
    const { body } = await askAdmin(this.slot.adminSocket, 'GET', `/stats?filter=${filter}`);
    const sum = (what: string): number =>
      [...body.matchAll(new RegExp(`\\.downstream_${what}: (\\d+)$`, 'gm'))].reduce(
        (total, [, count]) => total + Number(count),
        0,
      );
    return {
      requests: sum('rq_active'),
      connections: sum('cx_active'),
      otherBytes: sum('cx_[rt]x_bytes_total'),
    };
  }

  /** Connections that it has through its listeners, clients' only. */
  async connections(): Promise<number> {
    const filter = encodeURIComponent(`^listener\\..*_${this.slot.redirectPort}\\.downstream_cx_active$`);
    const { body } = await askAdmin(this.slot.adminSocket, 'GET', `/stats?filter=${filter}`);
    return [...body.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Has it ask its clients to leave, answer by answer, while it still serves them. */
  drain(): Promise<void> {
    return tellAdmin(this.slot.adminSocket, '/drain_listeners?graceful&skip_exit');
  }

  async stop(): Promise<void> {
    await endEnvoy(this.process, this.slot);
    this.slot.remove();
  }
}

const configOf = ({ settings, pods }: EnvoyPlan, slot: Slot): NodeConfig =>
  nodeConfig({ settings: { ...settings, redirectPort: slot.redirectPort }, pods }, slot.xdsDirectory);

/** Starts one with a configuration; resolves once it is ready. @throws NodeAgentError NODE_ENVOY_START, NODE_ENVOY_READY */
export async function startEnvoy(
  options: EnvoyOptions,
  number: SlotNumber,
  plan: EnvoyPlan,
): Promise<NodeEnvoy> {
  const slot = new Slot(options.stateDirectory, number);
  slot.prepare();
  const files = new XdsFiles(slot.xdsDirectory);
  const written = files.write(configOf(plan, slot));
  const { xdsDirectory, adminSocket, bootstrapPath, logPath } = slot;
  const bootstrap = nodeBootstrap({ node: options.node, xdsDirectory, adminSocketPath: adminSocket });
  writeWhole(bootstrapPath, JSON.stringify(bootstrap));
  const process = await launchEnvoy({ ...options, bootstrapPath, logPath });
  const fingerprint = fingerprintOf(options);
  const version = await versionOf(options.binary);
  const envoy = new NodeEnvoy(slot, { slot: number, process, fingerprint, version }, files, written);
  const until = performance.now() + ENVOY_START_MILLIS_MAX;
  while (!(await isReady(adminSocket))) {
    const how = envoy.isAlive ? `was not ready after ${ENVOY_START_MILLIS_MAX} ms` : 'ended at its start';
    if (envoy.isAlive && performance.now() < until) {
      await sleep(TICK_MILLIS);
      continue;
    }
    await endProcess(process);
    throw new NodeAgentError('NODE_ENVOY_READY', { how, log: `\n${logTail(logPath)}` });
  }
  return envoy;
}

/** Ends it, also where it is elsewhere. @throws NodeAgentError NODE_ENVOY_ADMIN where it is asked and does not end */
export async function endEnvoy(process: ProcessId, { adminSocket }: Slot): Promise<void> {
  if (!isElsewhere(process)) return endProcess(process);
  if (!(await isThere(adminSocket))) return;
  await tellAdmin(adminSocket, '/quitquitquit');
  const until = performance.now() + ENVOY_STOP_MILLIS_MAX;
  while (await isThere(adminSocket)) {
    if (performance.now() >= until)
      throw new NodeAgentError('NODE_ENVOY_ADMIN', { path: '/quitquitquit', reason: 'it did not end' });
    await sleep(TICK_MILLIS);
  }
}

/** Whether one that a former agent left is there still. */
export const isLeft = async (stateDirectory: string, state: EnvoyState): Promise<boolean> =>
  isElsewhere(state.process)
    ? isThere(new Slot(stateDirectory, state.slot).adminSocket)
    : isAlive(state.process);

/** The one that a former agent left; null where it has ended since. */
export async function adoptEnvoy(
  options: EnvoyOptions,
  state: EnvoyState,
  plan: EnvoyPlan,
): Promise<NodeEnvoy | null> {
  if (!(await isLeft(options.stateDirectory, state))) return null;
  const slot = new Slot(options.stateDirectory, state.slot);
  const files = new XdsFiles(slot.xdsDirectory, true);
  return new NodeEnvoy(slot, state, files, files.write(configOf(plan, slot)));
}

/** Binary, by identity, and flags: what cannot change while a process runs. */
function fingerprintOf({ binary, node, concurrency, drainSeconds }: EnvoyOptions): string {
  const stat = statSync(binary, { throwIfNoEntry: false, bigint: true });
  const file = stat === undefined ? '' : `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
  return createHash('sha256')
    .update(JSON.stringify([binary, file, node, concurrency, drainSeconds]))
    .digest('hex');
}

async function versionOf(binary: string): Promise<string> {
  try {
    const { stdout } = await runCommand([binary, '--version']);
    return /\/(\d+\.\d+\.\d+[^/]*)\//.exec(stdout)?.[1] ?? 'unknown';
  } catch (error) {
    return `unknown (${reasonOf(error)})`;
  }
}
