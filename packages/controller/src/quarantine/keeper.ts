/**
 * Keeps what quarantine has promised, on whoever leads: ends what is over, restores a policy that somebody removed or weakened,
 * removes what nobody needs, and tells the store of events. It knows nothing but what the cluster holds: after a restart it
 * goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { DeedLog, type Held, type RecordDeeds } from './deed-log.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { MANAGED_BY, MANAGER, POLICY_NAME } from './names.ts';
import { keyOf, readPod, type TargetPod } from './pod.ts';
import { globalNetworkPolicy, isAsWritten, networkPolicy } from './policies.ts';
import {
  GLOBAL_POLICIES_PATH,
  networkPoliciesPath,
  removePolicyIfUnused,
  servesGlobalPolicies,
  writePolicy,
} from './policy-writer.ts';
import { dropProposal, listProposals } from './proposals.ts';
import { Quarantine } from './quarantine.ts';
import { stateOf } from './record.ts';
import { readAll, readOne } from './requests.ts';
import { podPath, podsPath } from './target.ts';

export interface KeeperOptions {
  readonly api: Api;
  readonly systemNamespace: string;
  /** Where deeds are kept beside the cluster. */
  readonly record?: RecordDeeds;
  /** Of Sluice, for documents. */
  readonly version?: string;
  readonly now?: () => number;
  readonly instance?: string;
  /** Told of what failed; the next sweep tries again. */
  readonly onProblem?: (what: string, error: unknown) => void;
}

export interface SweepReport {
  /** `namespace/name` of pods that were let go. */
  readonly released: readonly string[];
  /** Namespaces whose policy was written anew; `''` for Calico's. */
  readonly restored: readonly string[];
  readonly held: number;
  readonly problems: number;
  /** Milliseconds since the epoch; null where nothing falls due. */
  readonly nextDueAt: number | null;
}

export class QuarantineKeeper {
  readonly #options: Required<KeeperOptions>;
  readonly #deeds: DeedLog;

  constructor(options: KeeperOptions) {
    const nobody = (): void => undefined;
    this.#options = {
      ...{ record: nobody, version: '', now: Date.now, instance: 'sluice', onProblem: nobody },
      ...options,
    };
    this.#deeds = new DeedLog(this.#options.record, this.#options.version);
  }

  /** Sweeps until it is told to stop: as soon as something falls due, and now and then. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.#sweepOrTell();
      const millis = Math.min(QUARANTINE_LIMITS.sweepMillis, Math.max(1_000, due - this.#options.now()));
      await sleep(millis, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async #sweepOrTell(): Promise<number> {
    try {
      return (await this.sweep()).nextDueAt ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      // Without the list of pods there is nothing to go by; what is in quarantine stays there.
      this.#options.onProblem('listing pods in quarantine', error);
      return Number.POSITIVE_INFINITY;
    }
  }

  /** Once. One thing that fails stops nothing else. */
  async sweep(): Promise<SweepReport> {
    const { api, now } = this.#options;
    const pods = (await readAll(api, podsPath(), { labelSelector: QUARANTINE_LABEL })).map(readPod);
    let problems = 0;
    const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | null> => {
      try {
        return await act();
      } catch (error) {
        problems += 1;
        this.#options.onProblem(what, error);
        return null;
      }
    };
    const released: string[] = [];
    const held: Held[] = [];
    for (const pod of pods) {
      const state = stateOf(pod);
      if (state.kind === 'held' && state.record.until > now()) held.push({ pod, record: state.record });
      else if (state.kind === 'held' || state.kind === 'copied') {
        const done = await attempt(`release of ${keyOf(pod)}`, () => this.#release(pod));
        if (done !== null) released.push(keyOf(pod));
      }
    }
    const restored = await this.#policies(held, attempt);
    await attempt('records', () => this.#deeds.compare(held, now()));
    await attempt('proposals', () => this.#proposals(held));
    const nextDueAt = held.length === 0 ? null : Math.min(...held.map(({ record }) => record.until));
    return { released, restored, held: held.length, problems, nextDueAt };
  }

  async #release(pod: TargetPod): Promise<void> {
    const { api, now, instance } = this.#options;
    const quarantine = new Quarantine({ api, actor: 'sluice', origin: 'alert', now, instance });
    const target = { kind: 'name', namespace: pod.namespace, name: pod.name, uid: pod.uid } as const;
    await quarantine.release(target, { act: 'expired', reason: 'its time was over' });
  }

  async #policies(held: readonly Held[], attempt: Attempt): Promise<readonly string[]> {
    const { api } = this.#options;
    const restored: string[] = [];
    const forNamespace = Map.groupBy(held, ({ pod }) => pod.namespace);
    for (const [namespace, of] of forNamespace) {
      const wanted = networkPolicy(namespace, this.#writtenFor(of));
      const collection = networkPoliciesPath(namespace);
      const done = await attempt(`policy of ${namespace}`, () => restore(api, collection, wanted));
      if (done === true) restored.push(namespace);
    }
    const written = (await attempt('list of policies', () => this.#writtenPolicies())) ?? [];
    for (const namespace of written.filter((each) => !forNamespace.has(each)))
      await attempt(`policy of ${namespace}`, () =>
        removePolicyIfUnused(api, networkPoliciesPath(namespace), podsPath(namespace)),
      );
    const done = await attempt("Calico's policy", () => this.#globalPolicy(held));
    return done === true ? [...restored, ''] : restored;
  }

  /** Whether it was written anew. */
  async #globalPolicy(held: readonly Held[]): Promise<boolean> {
    const { api } = this.#options;
    if ((await servesGlobalPolicies(api)) !== 'yes') return false;
    if (held.length > 0)
      return restore(api, GLOBAL_POLICIES_PATH, globalNetworkPolicy(this.#writtenFor(held)));
    await removePolicyIfUnused(api, GLOBAL_POLICIES_PATH, podsPath());
    return false;
  }

  #writtenFor(held: readonly Held[]): string {
    return `${held[0]?.pod.uid} ${new Date(this.#options.now()).toISOString()}`;
  }

  async #writtenPolicies(): Promise<readonly string[]> {
    const found = await readAll(this.#options.api, '/apis/networking.k8s.io/v1/networkpolicies', {
      labelSelector: `${MANAGED_BY}=${MANAGER}`,
      fieldSelector: `metadata.name=${POLICY_NAME}`,
    });
    return found.map(namespaceOf);
  }

  /** Those of pods that are gone or in quarantine, and old ones. */
  async #proposals(held: readonly Held[]): Promise<void> {
    const { api, systemNamespace, now } = this.#options;
    const uids = new Set(held.map(({ pod }) => pod.uid));
    for (const proposal of await listProposals(api, systemNamespace)) {
      const { uid, namespace, pod, lastAt } = proposal;
      const isOver = uids.has(uid) || lastAt < now() - QUARANTINE_LIMITS.proposalMillisMax;
      if (isOver || !(await isAlive(api, namespace, pod, uid))) await dropProposal(api, systemNamespace, uid);
    }
  }
}

type Attempt = <T>(what: string, act: () => Promise<T>) => Promise<T | null>;

/** Whether it had to be written. */
async function restore(
  api: Api,
  collection: string,
  wanted: Parameters<typeof writePolicy>[2],
): Promise<boolean> {
  if (isAsWritten(await readOne(api, `${collection}/${POLICY_NAME}`), wanted)) return false;
  await writePolicy(api, collection, wanted);
  return true;
}

const namedSchema = z.looseObject({ metadata: z.looseObject({ namespace: z.string() }) });
const namespaceOf = (raw: unknown): string => namedSchema.parse(raw).metadata.namespace;

async function isAlive(api: Api, namespace: string, name: string, uid: string): Promise<boolean> {
  const raw = await readOne(api, podPath(namespace, name));
  return raw !== null && readPod(raw).uid === uid;
}
