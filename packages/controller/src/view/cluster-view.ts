/** Reads a cluster for somebody who looks: as much of it as he may see. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../apply/api.ts';
import type { ApiClient } from '../cluster/client.ts';
import { ApiRefusal } from '../cluster/client.ts';
import { ControllerError } from '../errors.ts';
import { REQUEST_MILLIS_MAX } from '../install/limits.ts';
import { GROUP, SYSTEM_NAMESPACE } from '../kinds/names.ts';
import { GATEWAY_KINDS } from '../mirror/gateway.ts';
import { Mirror } from '../mirror/mirror.ts';
import type { PlannedPolicy } from '../plan/plan.ts';
import { policyConfigMapName, readPolicy } from '../policy-content.ts';
import { POLICIES_READ_MAX, READ_MILLIS_MAX } from './limits.ts';
import type { Seen, Unseen } from './look.ts';
import { objectStates } from './objects.ts';

export interface ClusterViewOptions {
  readonly client: ApiClient;
  /** The only one that is asked for; null for all. */
  readonly namespace: string | null;
  readonly systemNamespace?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const NOBODY = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Calico's, alone where its controllers are sought. */
const NEVER_MISSED = ['APIService', 'Deployment', 'Installation'];
/** Missed where a policy is for one of them. */
const ROUTING: readonly string[] = Object.keys(GATEWAY_KINDS);

export class ClusterView {
  readonly #options: Required<ClusterViewOptions>;
  readonly #mirror: Mirror;
  /** By digest; they never change. Null: not to be had. */
  readonly #policies = new Map<string, PlannedPolicy | null>();

  constructor(options: ClusterViewOptions) {
    this.#options = { systemNamespace: SYSTEM_NAMESPACE, now: Date.now, ...options };
    const { client, namespace } = options;
    this.#mirror = new Mirror({ client, log: NOBODY, view: { namespace } });
  }

  /**
   * Everything is read once when it resolves, and followed from then on.
   *
   * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED, CLUSTER_NOT_READ
   */
  async start(): Promise<void> {
    const { client } = this.#options;
    await client.call({ method: 'GET', path: '/version', timeoutMillis: REQUEST_MILLIS_MAX });
    this.#mirror.start();
    const ending = new AbortController();
    const late = sleep(READ_MILLIS_MAX, 'late', { signal: ending.signal }).catch(
      () => 'ended', // It was read: nobody waits any more.
    );
    const outcome = await Promise.race([this.#mirror.synced(), late]);
    ending.abort();
    if (outcome !== 'late') return;
    const problems = this.#mirror.statuses.filter(({ state }) => state === 'starting');
    await this.stop();
    throw new ControllerError('CLUSTER_NOT_READ', {
      seconds: READ_MILLIS_MAX / 1000,
      problems: problems.map(({ name, problem }) => `${name}: ${problem}`).join('; '),
    });
  }

  async stop(): Promise<void> {
    await this.#mirror.stop();
    this.#options.client.close();
  }

  /** @returns what ends it */
  onChange(callback: () => void): () => void {
    return this.#mirror.onChange(callback);
  }

  async seen(): Promise<Seen> {
    const { namespace, systemNamespace, now } = this.#options;
    const world = this.#mirror.world();
    const former = await this.#former();
    return { world, unseen: this.#unseen(), former, namespace, systemNamespace, now: now() };
  }

  #unseen(): readonly Unseen[] {
    const isRouting = [...this.#mirror.world().policies.values()].some(({ spec }) =>
      spec.targetRefs?.some(({ kind }) => kind !== 'Service'),
    );
    const kinds = this.#mirror.statuses.flatMap(({ name, state, problem }): readonly Unseen[] => {
      if (name.includes('.') || NEVER_MISSED.includes(name)) return [];
      if (ROUTING.includes(name) && (state === 'absent' || !isRouting)) return [];
      return state === 'forbidden' || state === 'absent' ? [{ kind: name, state, problem }] : [];
    });
    return [...kinds, ...this.#letIn()];
  }

  /** Policies of other namespaces that may hold Services of the only one that is asked for. */
  #letIn(): readonly Unseen[] {
    const { namespace } = this.#options;
    if (namespace === null) return [];
    const grants = [...this.#mirror.world().gateway.grants.values()].flatMap(({ from }) => from);
    const others = grants
      .filter(({ group, kind }) => group === GROUP && kind === 'WAFPolicy')
      .map((each) => each.namespace);
    return [...new Set(others)]
      .filter((each) => each !== namespace)
      .sort()
      .map((each) => ({
        ...{ kind: `WAFPolicy of namespace ${each}`, state: 'forbidden' as const },
        problem: 'a ReferenceGrant lets it hold Services here, and it was not asked for',
      }));
  }

  /** Of policies that are not in force as they are written: what nodes have, by name. */
  async #former(): Promise<ReadonlyMap<string, PlannedPolicy>> {
    const world = this.#mirror.world();
    const isBroken = objectStates(world).some(({ troubles }) =>
      troubles.some(({ type }) => type === 'Accepted' || type === 'Validated'),
    );
    const former = new Map<string, PlannedPolicy>();
    if (!isBroken) return former;
    const named = [...world.nodes.values()].flatMap(({ report }) => report?.policies ?? []);
    const digests = [...new Set(named.map(({ digest }) => digest))].slice(0, POLICIES_READ_MAX);
    for (const digest of digests) {
      const policy = await this.#policy(digest);
      if (policy !== null) former.set(policy.name, policy);
    }
    return former;
  }

  /** Null where it may not be read, or is gone: then what is inherited is shown. */
  async #policy(digest: string): Promise<PlannedPolicy | null> {
    const known = this.#policies.get(digest);
    if (known !== undefined) return known;
    const { client, systemNamespace } = this.#options;
    const path = `/api/v1/namespaces/${systemNamespace}/configmaps/${policyConfigMapName(digest)}`;
    let policy: PlannedPolicy | null = null;
    try {
      const body = await client.call({ method: 'GET', path, timeoutMillis: REQUEST_MILLIS_MAX });
      const data = isObject(body) ? body.data : undefined;
      policy = readPolicy(digest, data as Readonly<Record<string, string>> | undefined);
    } catch (error) {
      const isNothing =
        error instanceof ApiRefusal || (error instanceof ControllerError && error.code === 'POLICY_DAMAGED');
      if (!isNothing) throw error;
    }
    this.#policies.set(digest, policy);
    return policy;
  }
}
