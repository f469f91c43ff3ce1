/**
 * Writes what is planned, for one term: only what differs, a policy's ConfigMap before the SluiceNode that names it.
 *
 *     begin: lists what stands ─▶ submit(plan, world) … ─▶ Outbox ─▶ server-side apply
 *                   ▲                                         │
 *                   └──── compares again, now and then ───────┘
 */
import { digestOnce } from '../canonical-json.ts';
import type { ConditionFact, Reason } from '../conditions.ts';
import { reasonOf } from '../errors.ts';
import type { Term } from '../lease/term.ts';
import type { Log } from '../log.ts';
import { Memo } from '../plan/memo.ts';
import type { NodePlan, ObjectReport, Plan, PlannedPolicy, Workload } from '../plan/plan.ts';
import { policyConfigMap, policyConfigMapName } from '../policy-content.ts';
import type { World } from '../world.ts';
import type { Api } from './api.ts';
import { type ApplyTools, applyObject, contentDigest, deleteObject } from './apply.ts';
import type { EventRecorder } from './events.ts';
import { WriteRefusal } from './failure.ts';
import { Garbage } from './garbage.ts';
import { type InForce, inForceOf, type NodeInForce, type Survey, survey } from './in-force.ts';
import {
  AUDIT_FIRST_MILLIS,
  AUDIT_MILLIS,
  CONDITION_MESSAGE_MILLIS,
  FAILURES_NAMED_MAX,
  FAILURES_TOLD,
  NODE_SILENT_MILLIS,
  POLICY_UNUSED_MILLIS,
} from './limits.ts';
import type { WriteMetrics } from './metrics.ts';
import { GONE, Outbox, type Wish } from './outbox.ts';
import {
  CONFIG_MAPS,
  type ObjectRef,
  REPORTED,
  refOf,
  refText,
  SLUICE_NODES,
  WORKLOAD_SLICES,
} from './resources.ts';
import { Slices } from './slices.ts';
import { overlayKey, Statuses, type StatusWish } from './statuses.ts';
import { type UnwritablePolicy, writablePlan } from './writable.ts';

export interface WriterOptions {
  readonly api: Api;
  readonly term: Term;
  readonly events: EventRecorder;
  readonly metrics: WriteMetrics;
  readonly log: Log;
  /** Of the ConfigMaps. */
  readonly namespace: string;
  /** The newest: of what nobody is told (statuses), the last one that was submitted knows less. Default: that one. */
  readonly newestWorld?: () => World | null;
  readonly auditMillis?: number;
  readonly auditFirstMillis?: number;
  readonly policyUnusedMillis?: number;
}

/** Of writes, the first first. */
const ORDER = { policy: 0, node: 1, slice: 2, status: 3, remove: 4 } as const;
/** Answers that say that the object is wrong, not that it comes at a wrong time. */
const WRONG: readonly number[] = [400, 413, 422];
const RESUBMIT_MILLIS = 100;

const policyKey = (digest: string): string => `policy/${digest}`;
const nodeKey = (name: string): string => `node/${name}`;
const sliceKey = (name: string): string => `slice/${name}`;
const kindOf = (key: string): string => key.slice(0, key.indexOf('/'));
const restOf = (key: string): string => key.slice(key.indexOf('/') + 1);

/** An object of ours that stands: what the API server keeps of it, and when this process learned it. */
interface Live {
  readonly uid: string;
  readonly digest: string;
  readonly createdMillis: number;
  readonly turn: number;
}

export class Writer {
  readonly #options: Required<WriterOptions>;
  readonly #tools: ApplyTools;
  readonly #outbox: Outbox;
  readonly #slices = new Slices();
  readonly #statuses = new Statuses();
  readonly #sliceDigests = new Memo<string>();
  readonly #garbage: Garbage;
  readonly #live = new Map<string, Live>();
  /** What SluiceNodes say, by node. */
  readonly #nodesInForce = new Map<string, NodeInForce>();
  /** By digest, why the API server does not take a policy's ConfigMap. */
  readonly #refused = new Map<string, string>();
  /** By digest, those that stand and those that were submitted. */
  readonly #policies = new Map<string, PlannedPolicy>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #turn = 0;
  #last: { readonly plan: Plan; readonly world: World } | null = null;
  /** Why there is no plan for the newest world; `''` where there is. */
  #planProblem = '';
  #resubmitting = false;
  #auditing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: WriterOptions) {
    this.#options = {
      ...{
        auditMillis: AUDIT_MILLIS,
        auditFirstMillis: AUDIT_FIRST_MILLIS,
        policyUnusedMillis: POLICY_UNUSED_MILLIS,
        newestWorld: () => null,
      },
      ...options,
    };
    const { api, term } = options;
    this.#tools = { api, term, onConflict: (ref, message) => this.#onConflict(ref, message) };
    this.#garbage = new Garbage(this.#options.policyUnusedMillis);
    this.#outbox = new Outbox({
      mayWrite: () => term.remainingMillis() > 0,
      onWritten: (wish, millis) => this.#onWritten(wish, millis),
      onFailed: (wish, error, failures) => this.#onFailed(wish, error, failures),
    });
  }

  /**
   * Reads what stands; before that nothing is written.
   *
   * @throws ControllerError KUBERNETES_REFUSED, KUBERNETES_UNREACHABLE
   */
  async begin(): Promise<void> {
    const found = await survey(this.#options, (digest, policy) => this.#policies.set(digest, policy));
    for (const [name, { uids }] of found.slices) this.#slices.adopt(name, uids);
    this.#learn(found, Number.POSITIVE_INFINITY);
    this.#later(() => this.#audit(), this.#options.auditFirstMillis);
  }

  /** What stands, and what was submitted, as far as it has not been deleted. */
  get inForce(): InForce {
    return { policies: this.#policies, nodes: this.#nodesInForce };
  }

  /** Replaces what was submitted before. */
  submit(plan: Plan, world: World): void {
    this.#planProblem = '';
    this.#write(plan, world);
  }

  /** There is no plan for this world: what was submitted before stays, and the Sluice says why. */
  planFailed(reason: string, world: World): void {
    this.#planProblem = reason;
    if (this.#last !== null) this.#write(this.#last.plan, world);
    else for (const wish of this.#planProblemWishes(world)) this.#outbox.want(wish);
  }

  /** Before the first plan: the conditions that stand, but for one. */
  #planProblemWishes({ sluice, ...rest }: World): readonly Wish[] {
    if (sluice === null) return [];
    const { name, generation } = sluice.metadata;
    const report = {
      kind: 'Sluice',
      key: name,
      generation,
      conditions: sluice.status?.conditions ?? [],
    } as const;
    return this.#statusWishes([report], { sluice, ...rest }, []);
  }

  #write(plan: Plan, world: World): void {
    if (this.#stopped) return;
    this.#last = { plan, world };
    for (const [digest, policy] of plan.policies) this.#policies.set(digest, policy);
    const writable = writablePlan(plan, this.#refused, this.#nodesInForce);
    const wanted = new Set<string>();
    const want = (wish: Wish): void => {
      wanted.add(wish.key);
      this.#outbox.want(wish);
    };
    // Refused ones, too: they are tried again.
    const again = writable.unwritable.filter(({ reason }) => reason === 'WriteFailed');
    for (const { digest } of again) {
      const policy = plan.policies.get(digest);
      if (policy !== undefined) want(this.#policyWish(digest, policy));
    }
    for (const [digest, policy] of writable.policies) want(this.#policyWish(digest, policy));
    for (const node of writable.nodes.values()) {
      if (node.pods.length > 0 || this.#live.has(nodeKey(node.node))) want(this.#nodeWish(node));
    }
    for (const [name, workloads] of this.#slices.update(plan.workloads))
      want(this.#sliceWish(name, workloads));
    for (const wish of this.#removals(plan, world, wanted)) want(wish);
    for (const wish of this.#statusWishes(plan.reports, world, writable.unwritable)) want(wish);
    for (const key of this.#outbox.wanted()) if (!wanted.has(key)) this.#outbox.forget(key);
    for (const digest of this.#policies.keys()) {
      const stands = this.#outbox.standing(policyKey(digest)) !== GONE;
      if (!stands && !plan.policies.has(digest)) this.#policies.delete(digest);
    }
    this.#measure();
  }

  #measure(): void {
    const { waiting, failing } = this.#options.metrics;
    waiting.set(this.#outbox.waiting);
    failing.reset();
    for (const { key } of this.#outbox.failing()) failing.inc({ kind: kindOf(key) });
  }

  #policyWish(digest: string, policy: PlannedPolicy): Wish {
    const { namespace } = this.#options;
    const ref = { resource: CONFIG_MAPS, namespace, name: policyConfigMapName(digest) };
    const write = async (): Promise<void> => {
      const live = this.#live.get(policyKey(digest));
      // What is immutable and wrong has to go first.
      if (live !== undefined && live.digest === GONE) await deleteObject(this.#tools, ref, live.uid);
      const { metadata, immutable, data } = policyConfigMap(digest, policy, namespace);
      await this.#apply(policyKey(digest), ref, { metadata, immutable, data }, digest);
    };
    return { key: policyKey(digest), order: ORDER.policy, digest, after: [], write };
  }

  #nodeWish(node: NodePlan): Wish {
    const ref = refOf(SLUICE_NODES, node.node);
    const write = async (): Promise<void> => {
      await this.#apply(nodeKey(node.node), ref, { spec: node }, digest);
      this.#nodesInForce.set(node.node, inForceOf(node));
    };
    // What it is named already is nothing to wait for: its ConfigMap may be gone, and refused anew.
    const named = new Set(this.#nodesInForce.get(node.node)?.policies.values());
    const after = node.policies.flatMap(({ digest }) => (named.has(digest) ? [] : [policyKey(digest)]));
    const digest = digestOnce(node);
    return { key: nodeKey(node.node), order: ORDER.node, digest, after, write };
  }

  #sliceWish(name: string, workloads: readonly Workload[]): Wish {
    const spec = { workloads };
    const digest = this.#sliceDigests.of(workloads, [], () => contentDigest(WORKLOAD_SLICES, { spec }));
    const write = () => this.#apply(sliceKey(name), refOf(WORKLOAD_SLICES, name), { spec }, digest);
    return { key: sliceKey(name), order: ORDER.slice, digest, after: [], write };
  }

  /** @param digest of the content; of a policy, which its name vouches for, that of the policy */
  async #apply(
    key: string,
    ref: ObjectRef,
    content: Readonly<Record<string, unknown>>,
    digest: string,
  ): Promise<void> {
    const live = await applyObject(this.#tools, ref, content);
    if (live === null) return;
    const kept = ref.resource === CONFIG_MAPS ? digest : contentDigest(ref.resource, live.content);
    const { uid, creationTimestamp } = live.metadata;
    this.#turn += 1;
    this.#live.set(key, {
      uid,
      digest: kept,
      createdMillis: Date.parse(creationTimestamp),
      turn: this.#turn,
    });
    if (kept !== digest)
      this.#options.log.warn({ object: refText(ref) }, 'the API server keeps other content than was applied');
  }

  /** What is ours and stands for nothing any more. */
  #removals(plan: Plan, world: World, wanted: ReadonlySet<string>): readonly Wish[] {
    const used = new Set(plan.policies.keys());
    for (const key of wanted) if (kindOf(key) === 'policy') used.add(restOf(key));
    for (const { policies } of this.#nodesInForce.values())
      for (const digest of policies.values()) used.add(digest);
    for (const { report } of world.nodes.values())
      for (const { digest } of report?.policies ?? []) used.add(digest);
    const present = this.#outbox.present();
    const digests = present.filter((key) => kindOf(key) === 'policy').map(restOf);
    const unused = this.#garbage.unused(digests, used);
    const slices = present.filter((key) => kindOf(key) === 'slice' && !wanted.has(key));
    const nodes = present.filter(
      (key) => kindOf(key) === 'node' && this.#isAbandoned(restOf(key), plan, world),
    );
    const { namespace } = this.#options;
    return [
      ...unused.map((digest) => {
        const ref = { resource: CONFIG_MAPS, namespace, name: policyConfigMapName(digest) };
        return this.#removal(policyKey(digest), ref);
      }),
      ...slices.map((key) => this.#removal(key, refOf(WORKLOAD_SLICES, restOf(key)))),
      ...nodes.map((key) => this.#removal(key, refOf(SLUICE_NODES, restOf(key)))),
    ];
  }

  #removal(key: string, ref: ObjectRef): Wish {
    const write = async (): Promise<void> => {
      await deleteObject(this.#tools, ref, this.#live.get(key)?.uid ?? '');
      this.#live.delete(key);
      if (kindOf(key) === 'node') this.#nodesInForce.delete(restOf(key));
      if (kindOf(key) === 'policy') this.#policies.delete(restOf(key));
    };
    return { key, order: ORDER.remove, digest: GONE, after: [], write };
  }

  /** Without pods, and its node is gone or has never been there. */
  #isAbandoned(name: string, plan: Plan, world: World): boolean {
    if ((plan.nodes.get(name)?.pods.length ?? 0) > 0) return false;
    const heard = Date.parse(world.nodes.get(name)?.report?.heartbeatAt ?? '');
    const since = Number.isNaN(heard) ? (this.#live.get(nodeKey(name))?.createdMillis ?? Date.now()) : heard;
    return Date.now() - since > NODE_SILENT_MILLIS;
  }

  #statusWishes(
    reports: readonly ObjectReport[],
    world: World,
    unwritable: readonly UnwritablePolicy[],
  ): readonly Wish[] {
    const overlay = this.#overlay(world, unwritable);
    const { wishes, delayed } = this.#statuses.wishes(reports, world, overlay);
    if (delayed) this.#resubmit(CONDITION_MESSAGE_MILLIS);
    return wishes.map((status) => {
      const key = `status/${overlayKey(status.kind, status.key)}`;
      const digest = JSON.stringify(status.conditions);
      this.#outbox.stand(key, JSON.stringify(status.previous));
      return { key, order: ORDER.status, digest, after: [], write: () => this.#writeStatus(status) };
    });
  }

  async #writeStatus(status: StatusWish): Promise<void> {
    const ref = refOf(REPORTED[status.kind], status.key);
    const { conditions } = status;
    const live = await applyObject(this.#tools, ref, { status: { conditions } }, 'status');
    this.#statuses.written(status);
    if (live === null) return;
    for (const change of status.changes) {
      this.#options.events.record({ regarding: ref, uid: status.uid, action: 'Reconcile', ...change });
    }
  }

  /** What the plan cannot know: what could not be written. */
  #overlay(
    world: World,
    unwritable: readonly UnwritablePolicy[],
  ): ReadonlyMap<string, readonly ConditionFact[]> {
    const overlay = new Map<string, readonly ConditionFact[]>();
    const say = (kind: ObjectReport['kind'], key: string, reason: Reason, text: string): void => {
      const fact = {
        type: 'Programmed',
        status: 'False',
        reason,
        message: `${text}; what was in force before stays`,
      } as const;
      overlay.set(overlayKey(kind, key), [fact]);
    };
    for (const { name, reason, message } of unwritable) {
      if (name.includes('/')) say('WAFPolicy', name, reason, message);
      else if (name.startsWith('cluster.'))
        say('ClusterWAFPolicy', name.slice('cluster.'.length), reason, message);
    }
    const problem = this.#problem();
    if (world.sluice !== null && problem !== null)
      say('Sluice', world.sluice.metadata.name, problem.reason, problem.text);
    return overlay;
  }

  #problem(): { readonly reason: Reason; readonly text: string } | null {
    if (this.#planProblem !== '')
      return {
        reason: 'PlanFailed',
        text: `the objects of the cluster cannot be planned: ${this.#planProblem}`,
      };
    const failing = this.#outbox.failing();
    if (failing.length === 0) return null;
    const named = failing.slice(0, FAILURES_NAMED_MAX).map(({ key, reason }) => `${key}: ${reason}`);
    const more = failing.length - named.length;
    const text = `${failing.length} objects cannot be written: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
    return { reason: 'WriteFailed', text };
  }

  #onWritten(wish: Wish, millis: number): void {
    const { metrics } = this.#options;
    const kind = kindOf(wish.key);
    metrics.writes.inc({ kind, outcome: 'written' });
    metrics.writeSeconds.observe({ kind }, millis / 1_000);
    metrics.waiting.set(Math.max(0, this.#outbox.waiting - 1));
    const wasRefused = kind === 'policy' && this.#refused.delete(restOf(wish.key));
    if (wasRefused || this.#outbox.failing().some(({ key }) => key === wish.key))
      this.#resubmit(RESUBMIT_MILLIS);
  }

  #onFailed(wish: Wish, error: unknown, failures: number): void {
    const { metrics, log, term } = this.#options;
    if (term.remainingMillis() === 0) return;
    const kind = kindOf(wish.key);
    metrics.writes.inc({ kind, outcome: 'failed' });
    const isWrong = error instanceof WriteRefusal && WRONG.includes(error.status);
    if (kind === 'policy' && isWrong && wish.digest !== GONE)
      this.#refused.set(restOf(wish.key), reasonOf(error));
    if (failures === 1 || failures === FAILURES_TOLD)
      log.warn({ object: wish.key, failures, error: reasonOf(error) }, 'a write failed, and is tried again');
    if (failures === FAILURES_TOLD || (isWrong && failures === 1)) this.#resubmit(RESUBMIT_MILLIS);
  }

  #onConflict(ref: ObjectRef, message: string): void {
    const { metrics, log, events } = this.#options;
    metrics.conflicts.inc({ kind: ref.resource.kind });
    log.warn(
      { object: refText(ref), message },
      'fields of ours were taken by another manager, and are taken back',
    );
    const note = `Sluice alone writes these fields, and has taken them back: ${message}`;
    events.record({
      regarding: ref,
      uid: '',
      type: 'Warning',
      reason: 'FieldConflict',
      action: 'Apply',
      note,
    });
  }

  /** @param before of what was learned later, the survey knows less */
  #learn(found: Survey, before: number): void {
    const seen = new Set<string>();
    const learn = (key: string, uid: string, digest: string, createdMillis: number): void => {
      seen.add(key);
      const known = this.#live.get(key);
      if (known !== undefined && (known.turn > before || known.digest === digest)) return;
      if (known !== undefined) this.#tellChanged(key);
      this.#turn += 1;
      this.#live.set(key, { uid, digest, createdMillis, turn: Math.min(before, this.#turn) });
      this.#outbox.stand(key, digest);
    };
    for (const [digest, { uid, digest: content, createdMillis }] of found.policies)
      learn(policyKey(digest), uid, content === GONE ? GONE : digest, createdMillis);
    for (const [name, { uid, digest, createdMillis, policies, pods }] of found.nodes) {
      if (!this.#nodesInForce.has(name)) this.#nodesInForce.set(name, { policies, pods });
      learn(nodeKey(name), uid, digest, createdMillis);
    }
    for (const [name, { uid, digest, createdMillis }] of found.slices)
      learn(sliceKey(name), uid, digest, createdMillis);
    for (const [key, { turn }] of this.#live) {
      if (seen.has(key) || turn > before) continue;
      this.#tellChanged(key);
      this.#live.delete(key);
      this.#outbox.stand(key, GONE);
    }
  }

  #tellChanged(key: string): void {
    this.#options.metrics.changedByOthers.inc({ kind: kindOf(key) });
    this.#options.log.warn(
      { object: key },
      'somebody else has changed or deleted an object of ours; it is written again',
    );
  }

  /** Compares all that stands with what was written. */
  async #audit(): Promise<void> {
    const before = this.#turn;
    try {
      this.#learn(await survey(this.#options, () => undefined), before);
      this.#statuses.forget();
      const { newestWorld } = this.#options;
      if (this.#last !== null) this.#write(this.#last.plan, newestWorld() ?? this.#last.world);
    } catch (error) {
      this.#options.log.warn(
        { error: reasonOf(error) },
        'what stands in the API server could not be compared',
      );
    }
    this.#later(() => this.#audit(), this.#options.auditMillis);
  }

  #later(run: () => Promise<void>, millis: number): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#auditing = run();
    }, millis);
    this.#timers.add(timer);
  }

  #resubmit(millis: number): void {
    if (this.#resubmitting || this.#stopped) return;
    this.#resubmitting = true;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#resubmitting = false;
      if (this.#last !== null) this.#write(this.#last.plan, this.#last.world);
    }, millis);
    this.#timers.add(timer);
  }

  /** When all that was submitted stands. */
  settled(): Promise<void> {
    return this.#outbox.settled();
  }

  get waiting(): number {
    return this.#outbox.waiting;
  }

  /** Nothing is begun any more; resolves when nothing is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([this.#outbox.stop(), this.#auditing]);
  }
}
