/**
 * The loop: what a cluster holds is planned and written, by the one that leads. The others watch, so that they can go on at once.
 *
 *     WorldSource ─change─▶ wait for company ─▶ plan ─▶ Writer
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Api } from './apply/api.ts';
import { EventRecorder } from './apply/events.ts';
import type { InForce } from './apply/in-force.ts';
import { writeMetrics } from './apply/metrics.ts';
import { Writer, type WriterOptions } from './apply/writer.ts';
import { reasonOf } from './errors.ts';
import { SYSTEM_NAMESPACE } from './kinds/names.ts';
import { Elector, type ElectorOptions } from './lease/elector.ts';
import type { Term } from './lease/term.ts';
import {
  AGAIN_MILLIS_MAX,
  AGAIN_MILLIS_MIN,
  COALESCE_MILLIS,
  PLAN_DUE_MILLIS_MAX,
  PLAN_MILLIS_MIN,
} from './limits.ts';
import type { Log } from './log.ts';
import type { Plan } from './plan/plan.ts';
import type { World } from './world.ts';

/** What watches the cluster. It is started and stopped by who made it. */
export interface WorldSource {
  /** Resolves when everything has been read once. */
  synced(): Promise<void>;
  /** A consistent snapshot. */
  world(): World;
  /** @returns what ends it */
  onChange(callback: () => void): () => void;
}

/**
 * Made anew for each term.
 *
 * @param inForce what nodes have been given by whoever led before: where the newest of something cannot be used, a plan goes on from there
 * @param signal of the term: nothing is written behind its end
 */
export type MakePlanner = (inForce: InForce, signal: AbortSignal) => (world: World) => Plan;

export interface ControllerOptions {
  readonly source: WorldSource;
  readonly planner: MakePlanner;
  readonly api: Api;
  readonly log: Log;
  /** Default: one of its own. */
  readonly registry?: Registry;
  /** Where Sluice runs: of the Lease and the ConfigMaps. */
  readonly namespace?: string;
  /** Name of the Lease: one for all controllers of an installation. */
  readonly leaseName?: string;
  readonly lease?: Partial<
    Pick<ElectorOptions, 'identity' | 'durationMillis' | 'renewMillisMax' | 'retryMillis'>
  >;
  /** What else the leader does, and nobody beside it. Resolves soon after the signal was aborted; one that fails ends the term. */
  readonly duties?: (signal: AbortSignal) => Promise<void>;
  readonly writing?: Partial<Pick<WriterOptions, 'auditMillis' | 'auditFirstMillis' | 'policyUnusedMillis'>>;
}

const LEASE_NAME = 'sluice-controller';
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Controller {
  readonly registry: Registry;
  readonly #options: ControllerOptions;
  readonly #elector: Elector;
  readonly #events: EventRecorder;
  readonly #metrics;
  #isSynced = false;
  #writer: Writer | null = null;
  #loop: PlanLoop | null = null;
  /** Why the newest world could not be planned; `''` where it could. */
  #problem = '';

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { api, log, registry = new Registry(), namespace = SYSTEM_NAMESPACE } = options;
    const { leaseName = LEASE_NAME } = options;
    this.registry = registry;
    this.#metrics = { ...planMetrics(registry), ...writeMetrics(registry) };
    const lease = { namespace, name: leaseName };
    this.#elector = new Elector({ api, log, lease, lead: (term) => this.#lead(term), ...options.lease });
    this.#events = new EventRecorder({
      ...{ api, log, identity: this.#elector.identity },
      onEvent: (outcome) => this.#metrics.events.inc({ outcome }),
    });
  }

  start(): void {
    this.#elector.start();
    void this.#options.source.synced().then(() => {
      this.#isSynced = true;
    });
  }

  /** It knows the cluster: it leads, or could. */
  get ready(): boolean {
    return this.#isSynced;
  }

  get leading(): boolean {
    return this.#elector.leading;
  }

  /** Lines for people. */
  details(): readonly string[] {
    const waiting = this.#writer?.waiting ?? 0;
    return [
      this.leading ? `leading as ${this.#elector.identity}` : `following ${this.#elector.leader || 'nobody'}`,
      ...(this.#isSynced ? [] : ['the cluster has not been read yet']),
      ...(this.#problem === '' ? [] : [`no plan: ${this.#problem}`]),
      ...(waiting === 0 ? [] : [`${waiting} objects are not written yet`]),
    ];
  }

  /** Something that the planner asks has changed, and the world has not: what is known of a RuleSet, say. */
  changed(): void {
    this.#loop?.changed();
  }

  /** Resolves when what the newest plan says stands in the API server. Of one that does not lead: at once. */
  async settled(): Promise<void> {
    await this.#writer?.settled();
  }

  /** What is on its way is finished, and the Lease given back. */
  async stop(): Promise<void> {
    await this.#elector.stop();
    await this.#events.settled();
  }

  async #lead(term: Term): Promise<void> {
    const { api, log, namespace = SYSTEM_NAMESPACE, source, writing } = this.#options;
    const over = new Promise<void>((resolve) => {
      term.signal.addEventListener('abort', () => resolve());
    });
    this.#metrics.leader.set(1);
    const writer = new Writer({
      api,
      log,
      namespace,
      term,
      events: this.#events,
      metrics: this.#metrics,
      newestWorld: () => source.world(),
      ...writing,
    });
    try {
      await Promise.race([source.synced(), over]);
      await this.#begin(writer, term);
      if (term.remainingMillis() > 0) await this.#serve(writer, term, over);
    } finally {
      this.#writer = null;
      this.#loop = null;
      await writer.stop();
      this.#metrics.leader.set(0);
    }
  }

  /** Plans and writes until the term is over. */
  async #serve(writer: Writer, { signal }: Term, over: Promise<void>): Promise<void> {
    const { source, planner, duties } = this.#options;
    this.#writer = writer;
    const plan = planner(writer.inForce, signal);
    const loop = new PlanLoop(() => this.#planOnce(plan, writer));
    this.#loop = loop;
    const unsubscribe = source.onChange(() => loop.changed());
    loop.changed();
    try {
      await Promise.all([over, duties?.(signal)]);
    } finally {
      unsubscribe();
      loop.stop();
    }
  }

  async #begin(writer: Writer, term: Term): Promise<void> {
    for (let failures = 0; term.remainingMillis() > 0; failures += 1) {
      try {
        return await writer.begin();
      } catch (error) {
        this.#options.log.warn({ error: reasonOf(error) }, 'what stands in the API server cannot be read');
        await pause(againMillis(failures), term.signal);
      }
    }
  }

  /** @returns whether there is a plan */
  #planOnce(plan: (world: World) => Plan, writer: Writer): boolean {
    const { source, log } = this.#options;
    const world = source.world();
    const began = performance.now();
    try {
      const planned = plan(world);
      this.#metrics.plans.inc({ outcome: 'planned' });
      this.#metrics.planSeconds.observe((performance.now() - began) / 1_000);
      this.#problem = '';
      this.#loop?.due(planned.dueAt ?? Number.POSITIVE_INFINITY);
      writer.submit(planned, world);
      return true;
    } catch (error) {
      this.#metrics.plans.inc({ outcome: 'failed' });
      this.#problem = reasonOf(error);
      log.error({ error: this.#problem }, 'the cluster cannot be planned; what is in force stays');
      writer.planFailed(this.#problem, world);
      return false;
    }
  }
}

/** When to plan: soon behind a change, not too often, again where it failed, and when time alone changes what there is to say. */
class PlanLoop {
  readonly #run: () => boolean;
  #timer: NodeJS.Timeout | null = null;
  #dueTimer: NodeJS.Timeout | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #stopped = false;

  /** @param run returns whether it went well */
  constructor(run: () => boolean) {
    this.#run = run;
  }

  changed(): void {
    // A plan that waits to be tried again is due now.
    if (this.#failures > 0 && this.#timer !== null) this.#clear();
    const since = performance.now() - this.#beganAt;
    this.#in(Math.max(COALESCE_MILLIS, PLAN_MILLIS_MIN - since));
  }

  /** @param at milliseconds since the epoch; Infinity for never. In place of the time that was given before */
  due(at: number): void {
    clearTimeout(this.#dueTimer);
    if (this.#stopped || at === Number.POSITIVE_INFINITY) return;
    const millis = Math.min(Math.max(0, at - Date.now()), PLAN_DUE_MILLIS_MAX);
    this.#dueTimer = setTimeout(() => this.changed(), millis);
  }

  #in(millis: number): void {
    if (this.#timer !== null || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#beganAt = performance.now();
      if (this.#run()) this.#failures = 0;
      else this.#in(againMillis(this.#failures++));
    }, millis);
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#dueTimer);
    this.#clear();
  }
}

const againMillis = (failures: number): number =>
  Math.min(AGAIN_MILLIS_MAX, AGAIN_MILLIS_MIN * 2 ** failures);

/** Shorter where the signal ends it. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function planMetrics(registry: Registry) {
  const registers = [registry];
  return {
    leader: new Gauge({ name: 'sluice_controller_leader', help: '1 where this process leads.', registers }),
    plans: new Counter({
      name: 'sluice_controller_plans_total',
      help: 'Plans of the cluster: planned, or failed, after which the one before stays in force.',
      labelNames: ['outcome'],
      registers,
    }),
    planSeconds: new Histogram({
      name: 'sluice_controller_plan_seconds',
      help: 'How long a plan takes; nothing else happens meanwhile.',
      buckets: SECONDS,
      registers,
    }),
  };
}
