/**
 * What runs on a node beside agent and server: it brings what was planned for the node to where both read it, and says what came of it.
 *
 *     SluiceNode, WorkloadSlices ─▶ turn ─▶ rule files ─▶ sluice.yaml ─▶ (the server has it) ─▶ table.json ─▶ (the agent has it)
 *                                     └──▶ workloads.ndjson                       └─▶ probes ─▶ report
 *
 * Each turn looks at what is and does what follows, so that one that was killed at any place is continued by the next. What is in the
 * folder stays in force without the API server, also across restarts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { workloadsText } from '@sluice/server/workloads';
import { reasonOf } from '../errors.ts';
import { KINDS } from '../kinds/definitions.ts';
import type { Log } from '../log.ts';
import type { NodePlan, Workload } from '../plan/plan.ts';
import type { AgentView } from './agent-state.ts';
import { ConfigStep } from './config-step.ts';
import type { NodeFeed, ToldPlan } from './feed.ts';
import { NodeFolder } from './folder.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NamespaceResolver } from './namespaces/resolver.ts';
import type { NodeApi } from './node-api.ts';
import { Prober } from './probe/prober.ts';
import { NodeReporter } from './report.ts';
import type { ServerView } from './server-state.ts';
import type { TableSettings } from './table.ts';
import { TableStep } from './table-step.ts';

export interface NodeSyncOptions {
  /** Name of the node, and of its SluiceNode. */
  readonly node: string;
  /** Folder that agent and server read from; it is kept over restarts. */
  readonly directory: string;
  /** Path of the base of sluice.yaml: all of it but the policies of the cluster. */
  readonly base: string;
  readonly table: TableSettings;
  /** What the agent would say against a table; empty where it would take it. Default: nothing. */
  readonly tableFault?: (table: string) => string;
  readonly feed: NodeFeed;
  readonly api: NodeApi;
  readonly namespaces: NamespaceResolver;
  readonly server: ServerView;
  readonly agent: AgentView;
  /** Whether selected pods are probed. */
  readonly probes: boolean;
  readonly log: Log;
}

/** For operators. */
export interface SyncStatus {
  /** Of the SluiceNode that was told last; 0 before the first. */
  readonly generation: number;
  /** The last one that was in force whole. */
  readonly observed: number;
  /** Pods of the plan, and those of them that are not in the table as it says. */
  readonly pods: number;
  readonly held: number;
  /** Whether the server has had what was written, once. */
  readonly isServing: boolean;
  /** What is wrong; empty where all is well. */
  readonly problem: string;
  readonly turns: number;
  readonly failedTurns: number;
  /** Of the last turn that came to its end, or of the start, by performance.now(). */
  readonly turnedAt: number;
}

/** What plan.json holds. */
interface Kept extends ToldPlan {
  readonly observed: number;
  readonly digests: ConfigStep['digests'];
}

export class NodeSync {
  readonly #options: NodeSyncOptions;
  readonly #folder: NodeFolder;
  readonly #config: ConfigStep;
  readonly #table: TableStep;
  readonly #prober: Prober | null;
  readonly #reporter: NodeReporter;
  #told: ToldPlan | null = null;
  /** The last generation that was in force whole. */
  #observed = 0;
  #workloads: readonly Workload[] | null = null;
  /** Of each pod that has one of its own, the first. */
  #addresses: ReadonlyMap<string, string> = new Map();
  #workloadsAt = Number.NEGATIVE_INFINITY;
  #problem = '';
  #held = 0;
  #isServing = false;
  #turns = 0;
  #failedTurns = 0;
  #turnedAt = performance.now();
  #wake = Promise.withResolvers<void>();
  #isStopping = false;
  /** Resolves at the end of a pause; null outside of one. */
  #paused: PromiseWithResolvers<void> | null = null;
  /** The turn that is under way. */
  #turning: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> = Promise.resolve();

  /** Makes the folder. */
  constructor(options: NodeSyncOptions) {
    this.#options = options;
    const { directory, node, base, api, namespaces, table: settings } = options;
    const folder = new NodeFolder(directory);
    this.#folder = folder;
    this.#config = new ConfigStep({ folder, node, base, api });
    const { tableFault: faultIn } = options;
    this.#table = new TableStep({ folder, api, namespaces, settings, ...(faultIn && { faultIn }) });
    const { server, log } = options;
    this.#prober = options.probes ? new Prober({ server, log, onProof: () => this.#wake.resolve() }) : null;
    this.#reporter = new NodeReporter(options);
  }

  /** Begins, with what is on disk until the API server says more. */
  start(): void {
    const { feed } = this.#options;
    if (this.#paused === null) this.#recall();
    feed.onChange(() => this.#wake.resolve());
    feed.start();
    this.#ended = this.#live();
  }

  /** From when it resolves until `resume`, nothing is written. Can be called before `start`, and again. */
  async pause(): Promise<void> {
    this.#paused ??= Promise.withResolvers();
    // One that failed has said so.
    await this.#turning.catch(() => undefined);
  }

  /** Goes on from what is on disk: somebody else may have written it. */
  resume(): void {
    const paused = this.#paused;
    if (paused === null) return;
    this.#paused = null;
    this.#recall();
    paused.resolve();
  }

  #recall(): void {
    this.#workloads = null;
    this.#told = this.#kept() ?? this.#told;
    if (this.#told !== null)
      this.#options.log.info({ generation: this.#told.generation }, 'node: going on with the plan on disk');
  }

  /** What is in force stays so. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake.resolve();
    this.#paused?.resolve();
    await this.#options.feed.stop();
    await this.#ended;
    await this.#prober?.close();
    await this.#reporter.close();
    this.#options.namespaces.close();
  }

  async #live(): Promise<void> {
    while (!this.#isStopping) {
      if (this.#paused !== null) {
        await this.#paused.promise;
        continue;
      }
      this.#wake = Promise.withResolvers();
      let wait: number = NODE_LIMITS.turnMillis;
      try {
        const turn = this.turn();
        this.#turning = turn;
        if (!(await turn)) wait = this.#problem === '' ? NODE_LIMITS.pendingMillis : NODE_LIMITS.failedMillis;
      } catch (error) {
        wait = NODE_LIMITS.failedMillis;
        this.#failedTurns += 1;
        this.#options.log.error({ reason: reasonOf(error) }, 'node: a turn failed');
      }
      this.#turns += 1;
      this.#turnedAt = performance.now();
      if (!this.#isStopping) await Promise.race([this.#wake.promise, sleep(wait)]);
    }
  }

  get status(): SyncStatus {
    return {
      generation: this.#told?.generation ?? 0,
      observed: this.#observed,
      pods: this.#told?.plan.pods.length ?? 0,
      held: this.#held,
      isServing: this.#isServing,
      problem: this.#problem,
      turns: this.#turns,
      failedTurns: this.#failedTurns,
      turnedAt: this.#paused === null ? this.#turnedAt : performance.now(),
    };
  }

  /** @returns whether nothing is under way */
  async turn(): Promise<boolean> {
    const { feed, server, agent, log } = this.#options;
    const problems: string[] = [];
    this.#takePlan(problems);
    const isQuiet = this.#takeWorkloads();
    if (feed.problem() !== '') problems.push(feed.problem());
    const told = this.#told;
    if (told === null) {
      this.#say(log, problems);
      return isQuiet;
    }
    const state = await server.state();
    const config = await this.#config.take(told.plan, this.#table.written(), state);
    const table = await this.#table.take(told.plan, config.known, () => agent.state());
    const isInForce = config.isInForce && table.isInForce;
    this.#held = table.held.size;
    this.#isServing ||= config.current !== null;
    problems.push(...config.problems, ...table.problems);
    if (config.current !== null)
      this.#prober?.follow(
        told.plan,
        agent.state(),
        config.current,
        (uid) => this.#addresses.get(uid) ?? null,
      );
    this.#say(log, problems);
    if (isInForce) this.#keep(told, told.generation);
    const isTold = this.#reporter.take({
      told,
      observed: this.#observed,
      isInForce,
      problems,
      ruleSetVersion: state.ruleSetVersion,
      policies: config.inForce,
      held: table.held,
      agent: agent.state(),
      proofs: this.#prober?.proofs ?? new Map(),
    });
    return isQuiet && isInForce && isTold;
  }

  /** A plan that cannot be leaves the former in force. */
  #takePlan(problems: string[]): void {
    try {
      const told = this.#options.feed.told();
      if (told === null || told === this.#told) return;
      this.#told = told;
      this.#keep(told, this.#observed);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }

  #keep(told: ToldPlan, observed: number): void {
    this.#observed = observed;
    this.#folder.write(
      'plan.json',
      `${JSON.stringify({ ...told, observed, digests: this.#config.digests })}\n`,
    );
  }

  /** The last one that the API server gave; null where none was, or it is of another version. */
  #kept(): ToldPlan | null {
    const text = this.#folder.read('plan.json');
    if (text === null) return null;
    try {
      const { generation, plan, observed, digests } = JSON.parse(text) as Kept;
      this.#observed = observed;
      this.#config.restore(digests);
      return { generation, plan: KINDS.SluiceNode.spec.parse(plan) as NodePlan };
    } catch (error) {
      this.#options.log.warn({ reason: reasonOf(error) }, 'node: the plan on disk cannot be read');
      return null;
    }
  }

  /** @returns false where a newer list waits for its time */
  #takeWorkloads(): boolean {
    const workloads = this.#options.feed.workloads();
    if (workloads === null || workloads === this.#workloads) return true;
    const now = performance.now();
    if (now - this.#workloadsAt < NODE_LIMITS.workloadsMillis) return false;
    this.#workloadsAt = now;
    this.#workloads = workloads;
    this.#addresses = new Map(
      workloads.flatMap(({ uid, addresses: [first] }) =>
        first === undefined ? [] : [[uid, first] as const],
      ),
    );
    this.#folder.write('workloads.ndjson', workloadsText(workloads));
    return true;
  }

  /** Once for each change of what is wrong. */
  #say(log: Log, problems: readonly string[]): void {
    const problem = problems.join('; ');
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === '') log.info({}, 'node: all is well again');
    else log.warn({ problem }, 'node: not all is in force');
  }
}
