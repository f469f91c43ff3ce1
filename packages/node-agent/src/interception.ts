/**
 * Brings pods from where they are to where the table wants them, a step at a time. Each step looks at what is and does what
 * follows; a step that was never finished, because the agent was killed, is the next agent's first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type NodeSettings, nodeConfig, type PortOutcome } from '@sluice/envoy-config';
import type { EnvoyKeeper } from './envoy/keeper.ts';
import type { EnvoyPlan, NodeEnvoy, Progress } from './envoy/node-envoy.ts';
import { reasonOf } from './errors.ts';
import { findNamespace } from './kernel/namespace.ts';
import { compare, install, readProvenance, remove } from './kernel/redirection.ts';
import type { Provenance, Redirection } from './kernel/ruleset.ts';
import { readSockets } from './kernel/sockets.ts';
import { DRAIN_LOOK_MILLIS, QUIET_MILLIS, REDIRECT_PORTS, TICK_MILLIS } from './limits.ts';
import type { Log } from './log.ts';
import { desireOf, type EnvoyView } from './pods/desire.ts';
import { interceptedPod, isSame, Pod, redirectedPorts } from './pods/pod.ts';
import { restOf } from './pods/rest.ts';
import type { PodState } from './state.ts';
import type { PortStatus } from './status.ts';
import type { AgentTable, TablePod, TableSettings } from './table/schema.ts';

/** A pod of the table that cannot be intercepted, with the reason. */
export interface Left {
  readonly pod: TablePod;
  readonly reason: 'HostNetwork' | 'NamespaceGone' | 'NamespaceIsHost' | 'NoNamespace' | 'NamespaceShared';
  readonly message: string;
}

/** What Envoy is seen as once it was told. */
type ToldView =
  | Exclude<EnvoyView, { state: 'Serving' }>
  | (Extract<EnvoyView, { state: 'Serving' }> & Pick<Progress, 'isDrained'>);

export class Interception {
  readonly #agent: string;
  readonly #keeper: EnvoyKeeper;
  readonly #log: Log;
  readonly #drainMillis: number;
  readonly #pods = new Map<string, Pod>();
  /** Pods whose path leads to another namespace than before: Envoy must have let go of the former one first. */
  readonly #held = new Set<Pod>();
  #left: readonly Left[] = [];
  #settings: TableSettings | null = null;
  #table: AgentTable | null = null;

  /** @param agent its name, which what it installs has (ruleset.ts) */
  constructor(agent: string, keeper: EnvoyKeeper, log: Log, drainSeconds: number) {
    this.#agent = agent;
    this.#keeper = keeper;
    this.#log = log;
    this.#drainMillis = 1_000 * drainSeconds;
  }

  get pods(): Iterable<Pod> {
    return this.#pods.values();
  }

  get left(): readonly Left[] {
    return this.#left;
  }

  /** Of the table in force; empty where it has none, or there is none. */
  get revision(): string {
    return this.#table?.revision ?? '';
  }

  get settings(): TableSettings | null {
    return this.#settings;
  }

  /** A pod that a former agent had in hand; what is installed there is looked at before anything is changed. */
  restore({ pod, namespaceId, released, letGo }: PodState): void {
    const path = pod.networkNamespacePath;
    if (path === null) return;
    const restored = new Pod(pod, path, namespaceId);
    // Also where no table can be read: nobody is to be inspected again who was released.
    if (released) restored.wanted = null;
    restored.isLetGo = letGo;
    this.#add(restored);
  }

  setTable(table: AgentTable): void {
    this.#table = table;
    this.#settings = table.settings;
  }

  setSettings(settings: TableSettings | null): void {
    this.#settings ??= settings;
  }

  plan(): EnvoyPlan | null {
    const settings = this.#settings;
    if (settings === null) return null;
    const pods = [...this.#pods.values()].filter((pod) => !this.#held.has(pod) && !pod.isLetGo);
    return {
      settings: envoySettings(settings),
      pods: pods.map((pod) => interceptedPod(pod.inForce, pod.namespacePath, pod.isReleased)),
    };
  }

  /** @returns milliseconds until the next step is due; Infinity where nothing is under way */
  async step(): Promise<number> {
    this.#match();
    await Promise.all([...this.#pods.values()].map((pod) => this.#prepare(pod)));
    const { current } = this.#keeper;
    const view = await this.#tell(current);
    await Promise.all([...this.#pods.values()].map((pod) => this.#converge(pod, view)));
    if (view.state === 'Serving' && view.isDrained && !this.#isLettingGo()) current?.prune();
    return this.#waitMillis(view);
  }

  /** As where Envoy is away: what fails open goes to the workloads from here on. Resolves when nothing more comes. */
  async letThrough(): Promise<void> {
    await Promise.all([...this.#pods.values()].map((pod) => this.#converge(pod, { state: 'Down' })));
    await sleep(QUIET_MILLIS);
  }

  /** Compares one pod with what it should be, and puts it right. */
  async check(pod: Pod): Promise<void> {
    const { installed } = pod;
    if (installed === undefined || installed === null || !this.#pods.has(pod.uid)) return;
    try {
      const before = await this.#before(pod);
      const comparison = await compare(pod.namespacePath, installed, before);
      if (comparison === 'Same' || pod.installed !== installed) return;
      const how = comparison === 'Foreign' ? 'Replace' : 'Update';
      await install(pod.namespacePath, installed, before, how);
      pod.repairs++;
      const { namespace, name } = pod.inForce;
      this.#log.warn({ pod: `${namespace}/${name}`, found: comparison }, 'put a ruleset right');
    } catch (error) {
      pod.trouble = reasonOf(error);
    }
  }

  /** Whether all pods lead to the current Envoy, so that nobody new comes to the retiring one. */
  get leadsToCurrent(): boolean {
    const port = this.#keeper.current?.slot.redirectPort;
    const now = performance.now();
    return [...this.#pods.values()].every(
      ({ installed, quietUntil }) =>
        now >= quietUntil &&
        (installed === null ||
          (installed !== undefined && (installed.redirectPort === null || installed.redirectPort === port))),
    );
  }

  #add(pod: Pod): void {
    this.#pods.set(pod.uid, pod);
  }

  /** Pods to the table: new ones come, gone ones are released, changed ones get what they want. */
  #match(): void {
    const table = this.#table;
    if (table === null) return;
    const left: Left[] = [];
    const wanted = new Map<string, { readonly pod: TablePod; readonly path: string; readonly id: string }>();
    const taken = new Set<string>();
    for (const pod of table.pods) {
      const place = placeOf(pod, taken);
      if ('reason' in place) left.push({ pod, ...place });
      else {
        taken.add(place.id);
        wanted.set(pod.uid, { pod, ...place });
      }
    }
    this.#left = left;
    for (const pod of [...this.#pods.values()]) this.#matchKnown(pod, wanted.get(pod.uid));
    for (const { pod, path, id } of wanted.values()) {
      if (!this.#pods.has(pod.uid)) this.#add(this.#inherit(new Pod(pod, path, id)));
    }
  }

  #matchKnown(
    pod: Pod,
    wanted: { readonly pod: TablePod; readonly path: string; readonly id: string } | undefined,
  ): void {
    const found = findNamespace(pod.namespacePath);
    const isThere = found.state === 'Usable' && found.id === pod.namespaceId;
    if (!isThere) {
      // With the namespace went what was installed in it.
      this.#pods.delete(pod.uid);
      this.#held.delete(pod);
      if (wanted === undefined) return;
      const renewed = new Pod(wanted.pod, wanted.path, wanted.id);
      this.#add(renewed);
      if (wanted.path === pod.namespacePath) this.#held.add(renewed);
      return;
    }
    if (wanted !== undefined && wanted.id === pod.namespaceId) {
      // A pod that is selected again while it is being released was never away.
      pod.wanted = wanted.pod;
      pod.deadline = Number.POSITIVE_INFINITY;
      pod.isLetGo = false;
      pod.quiet = null;
      pod.waitsFor = null;
    } else if (!pod.isReleased) {
      pod.wanted = null;
    }
  }

  /** A pod may come into a namespace that another one has not quite left: what is installed there is its own then. */
  #inherit(pod: Pod): Pod {
    for (const former of this.#pods.values()) {
      if (former.namespaceId !== pod.namespaceId) continue;
      pod.installed = former.installed;
      pod.before = former.before;
      this.#pods.delete(former.uid);
    }
    return pod;
  }

  /** Takes away what a pod no longer wants, and then lets Envoy know what it wants. */
  async #prepare(pod: Pod): Promise<void> {
    const settings = this.#settings;
    if (settings === null) return;
    const now = performance.now();
    if (pod.ports.length === 0) pod.ports = outcomes(pod.inForce, pod.namespacePath, settings);
    if (pod.isReleased) {
      if (pod.deadline !== Number.POSITIVE_INFINITY) return;
      await this.#reduce(pod, []);
      pod.deadline = performance.now() + QUIET_MILLIS + this.#drainMillis;
      return;
    }
    const wanted = pod.wanted ?? pod.inForce;
    pod.leaving = [];
    if (isSame(pod.inForce, wanted)) return;
    const next = outcomes(wanted, pod.namespacePath, settings);
    const ports = redirectedPorts(next);
    // Or they would be redirected again before Envoy has heard of what is wanted.
    pod.leaving = redirectedPorts(pod.ports).filter((port) => !ports.includes(port));
    const stays = pod.installed?.ports.filter((port) => ports.includes(port)) ?? [];
    if (pod.installed && stays.length < pod.installed.ports.length) {
      await this.#reduce(pod, stays);
      return;
    }
    if (!pod.isQuiet(now)) return;
    pod.inForce = wanted;
    pod.ports = next;
    pod.leaving = [];
  }

  /** New connections to other ports go to the workload directly from here on. */
  async #reduce(pod: Pod, ports: readonly number[]): Promise<void> {
    pod.quietUntil = performance.now() + QUIET_MILLIS;
    if (pod.installed === null || this.#settings === null) return;
    const { exemptSources, ipFamilies } = pod.inForce;
    const mark = this.#settings.originalSourceMark;
    const base = pod.installed ?? { ports, redirectPort: null, mark, exemptSources, ipFamilies };
    await this.#install(pod, { ...base, ports, redirectPort: ports.length === 0 ? null : base.redirectPort });
    pod.quietUntil = performance.now() + QUIET_MILLIS;
  }

  /** Writes Envoy's configuration and asks how far it is. */
  async #tell(envoy: NodeEnvoy | null): Promise<ToldView> {
    const plan = this.plan();
    if (plan === null) return { state: 'Busy' };
    if (envoy === null) return { state: 'Down' };
    envoy.write(plan);
    let progress: Progress;
    try {
      progress = await envoy.progress();
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, "Envoy's admin interface does not answer");
      return envoy.isAlive ? { state: 'Busy' } : { state: 'Down' };
    }
    if (!progress.isSettled) return { state: 'Busy' };
    this.#held.clear();
    for (const pod of this.#pods.values()) {
      const own = progress.rejections.find(
        ({ resource, isShared }) => isShared || resource.startsWith(`pod/${pod.uid}/`),
      );
      if (own !== undefined && own.details !== pod.rejection)
        this.#log.error({ resource: own.resource, details: own.details }, 'Envoy rejects a resource');
      pod.rejection = own?.details ?? null;
    }
    const { isDrained } = progress;
    return { state: 'Serving', redirectPort: envoy.slot.redirectPort, isDrained };
  }

  async #converge(pod: Pod, view: EnvoyView): Promise<void> {
    const settings = this.#settings;
    if (settings === null || this.#held.has(pod)) return;
    try {
      if (pod.isReleased) await this.#release(pod);
      else await this.#intercept(pod, view, settings);
    } catch (error) {
      if (findNamespace(pod.namespacePath).state === 'Usable') pod.trouble = reasonOf(error);
    }
  }

  async #intercept(pod: Pod, view: EnvoyView, settings: TableSettings): Promise<void> {
    const desire = desireOf(pod, view, settings.originalSourceMark);
    if (desire === 'Keep' || (desire !== 'Nothing' && isSame(desire, pod.installed))) {
      if (desire !== 'Keep') pod.trouble = null;
      return;
    }
    if (pod.installed === undefined && (await this.#isAlready(pod, desire))) return;
    if (desire === 'Nothing') return;
    const { redirectPort } = desire;
    if (redirectPort !== null && redirectPort !== pod.installed?.redirectPort) {
      const sockets = await readSockets(pod.namespacePath);
      const deaf = desire.ipFamilies.filter((family) => !sockets.isListening(redirectPort, family));
      if (deaf.length > 0) {
        pod.trouble = pod.rejection ?? `Envoy does not listen in the pod yet (${deaf.join(', ')})`;
        return;
      }
    }
    await this.#install(pod, desire);
  }

  /** Looks for the first time. A pod that nobody touched yet, or one that is as it should be, needs nothing. */
  async #isAlready(pod: Pod, desire: Redirection | 'Nothing'): Promise<boolean> {
    if (desire === 'Nothing') {
      if (await remove(pod.namespacePath, pod.before)) pod.repairs++;
      pod.installed = null;
      return true;
    }
    const comparison = await compare(pod.namespacePath, desire, await this.#before(pod));
    if (comparison === 'Absent') pod.installed = null;
    if (comparison === 'Same') pod.installed = desire;
    if (comparison === 'Foreign') {
      // Another agent's, with another folder: what it says of the sysctls is taken over, the rest is not.
      await install(pod.namespacePath, { ...desire, redirectPort: null }, await this.#before(pod), 'Replace');
    }
    return comparison === 'Same' || (comparison === 'Absent' && desire.redirectPort === null);
  }

  async #before(pod: Pod): Promise<Provenance> {
    pod.before ??= await readProvenance(pod.namespacePath, this.#agent);
    return pod.before;
  }

  async #install(pod: Pod, redirection: Redirection): Promise<void> {
    try {
      await install(pod.namespacePath, redirection, await this.#before(pod));
    } catch (error) {
      pod.trouble = reasonOf(error);
      throw error;
    }
    const former = pod.installed?.redirectPort ?? null;
    if (former !== redirection.redirectPort) {
      // Connections may still be on their way to where the former ruleset sent them.
      pod.quietUntil = performance.now() + QUIET_MILLIS;
    }
    pod.installed = redirection;
    pod.trouble = null;
  }

  /** Waits for a released pod's connections to end, then leaves no trace. */
  async #release(pod: Pod): Promise<void> {
    const now = performance.now();
    if (!pod.isQuiet(now) || now < pod.lookAt) return;
    pod.lookAt = now + DRAIN_LOOK_MILLIS;
    if (pod.installed !== null) {
      const sockets = await readSockets(pod.namespacePath);
      const ports = redirectedPorts(pod.ports);
      const redirected = REDIRECT_PORTS.reduce((sum, port) => sum + sockets.redirected(port), 0);
      if (redirected + sockets.inner(ports) > 0 && !(await this.#mayCut(pod, redirected))) return;
    }
    await remove(pod.namespacePath, pod.before);
    this.#pods.delete(pod.uid);
    this.#log.info({ pod: `${pod.inForce.namespace}/${pod.inForce.name}` }, 'released');
  }

  /**
   * A download, an upload or a tunnel takes the time that it takes. Connections on which nothing is under way are Envoy's to close, once
   * those that are used have had the time to end behind an answer.
   */
  async #mayCut(pod: Pod, redirected: number): Promise<boolean> {
    const now = performance.now();
    if (now < pod.deadline || pod.isLetGo) return now >= pod.deadline;
    const activity = await this.#keeper.current?.activity(pod.uid);
    if (activity !== undefined) {
      const { waitsFor, quiet } = restOf(activity, redirected, pod.quiet, now);
      pod.quiet = quiet;
      pod.waitsFor = waitsFor;
      if (waitsFor !== null) return false;
    }
    pod.waitsFor = null;
    pod.isLetGo = true;
    pod.deadline = now + this.#drainMillis;
    return false;
  }

  #isLettingGo(): boolean {
    return [...this.#pods.values()].some(({ isLetGo }) => isLetGo);
  }

  /** Until the next step is due. */
  #waitMillis(view: EnvoyView): number {
    if (view.state !== 'Serving' || this.#held.size > 0) return TICK_MILLIS;
    const { redirectPort } = view;
    const pods = [...this.#pods.values()];
    const isTakenUp = pods.every((pod) => {
      if (pod.isReleased) return true;
      if (!isSame(pod.inForce, pod.wanted)) return false;
      if (redirectedPorts(pod.ports).length === 0) return pod.installed !== undefined;
      return pod.installed?.redirectPort === redirectPort;
    });
    if (!isTakenUp) return TICK_MILLIS;
    // What is under way in a released pod may last: it is looked at now and then.
    const now = performance.now();
    const isOpen = pods.some((pod) => pod.isReleased && (pod.isLetGo || now < pod.deadline));
    return isOpen ? DRAIN_LOOK_MILLIS : Number.POSITIVE_INFINITY;
  }
}

/** Settings that are Envoy's; the rest is the agent's own. */
const envoySettings = (settings: TableSettings): Omit<NodeSettings, 'redirectPort'> => settings;

function outcomes(pod: TablePod, namespacePath: string, settings: TableSettings): readonly PortStatus[] {
  const [redirectPort] = REDIRECT_PORTS;
  const { ports } = nodeConfig({
    settings: { ...envoySettings(settings), redirectPort },
    pods: [interceptedPod(pod, namespacePath)],
  });
  return ports.map(({ port, state, reason }: PortOutcome) => ({ number: port, state, reason }));
}

type Place = { readonly path: string; readonly id: string } | Pick<Left, 'reason' | 'message'>;

function placeOf(pod: TablePod, taken: ReadonlySet<string>): Place {
  const path = pod.networkNamespacePath;
  if (pod.hostNetwork || path === null) {
    const message = 'Not supported: on the host network its traffic cannot be told from the node’s own.';
    return { reason: 'HostNetwork', message };
  }
  const found = findNamespace(path);
  switch (found.state) {
    case 'Gone':
      return {
        reason: 'NamespaceGone',
        message: `${found.detail}. Correct the table once the pod is there.`,
      };
    case 'Host':
      return { reason: 'NamespaceIsHost', message: `Not supported: ${found.detail}.` };
    case 'NoNamespace':
      return { reason: 'NoNamespace', message: `${found.detail}. Correct networkNamespacePath.` };
    case 'Usable':
      if (taken.has(found.id))
        return { reason: 'NamespaceShared', message: 'Another pod of the table is in the same namespace.' };
      return { path, id: found.id };
  }
}
