/**
 * Cuts pods off, and lets them go:
 *
 *     const quarantine = new Quarantine({ api, actor, origin: 'person' });
 *     await quarantine.put(parseTarget('shop/web-1', undefined), { reason: 'it scans its neighbours', seconds: 3600 });
 *
 * What it does is a label on the pod, a NetworkPolicy in its namespace, Calico's where there is Calico, and an Event. All that is
 * known of it stands on the pod: who comes next, after a restart or elsewhere, sees the same.
 */

import type { Api } from '../apply/api.ts';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { type Deed, deedOf, tellCluster } from './audit.ts';
import { QuarantineError } from './errors.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { FIELD_MANAGER, POLICY_NAME } from './names.ts';
import { policiesThatAllow } from './other-policies.ts';
import { keyOf, readPod, type TargetPod } from './pod.ts';
import { globalNetworkPolicy, networkPolicy, type PolicyObject } from './policies.ts';
import {
  GLOBAL_POLICIES_PATH,
  networkPoliciesPath,
  removePolicyIfUnused,
  servesGlobalPolicies,
  writePolicy,
} from './policy-writer.ts';
import { markOf, type Origin, type QuarantineRecord, stateOf, unmarkOf } from './record.ts';
import { refuseLastReady, refuseNever } from './refusals.ts';
import { askFor, readAll, readOne } from './requests.ts';
import { missingRights, needRights, type Right } from './rights.ts';
import { type QuarantineSettings, readSettings } from './settings.ts';
import { podPath, podsPath, resolveTarget, type Target } from './target.ts';

export interface QuarantineOptions {
  readonly api: Api;
  /** Whoever acts, by name. */
  readonly actor: string;
  readonly origin: Origin;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Who reports Events: the host, or the pod of the controller. */
  readonly instance?: string;
}

export interface PutRequest {
  readonly reason: string;
  /** How long; what the installation says where absent. */
  readonly seconds?: number;
  /** Takes the last ready pod of a workload, too. Of a person only. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** Id of the event that it is because of. */
  readonly event?: string;
  /** Called when all is checked and nothing is done yet; what it throws ends it there. */
  readonly before?: (pod: TargetPod) => Promise<void>;
}

export interface ReleaseRequest {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly act?: 'released' | 'expired';
}

/** `planned`: of a dry run. `unchanged`: it was so before. */
export type Outcome = 'quarantined' | 'extended' | 'released' | 'unchanged' | 'planned';

export interface QuarantineResult {
  readonly outcome: Outcome;
  readonly pod: TargetPod;
  /** Null where it is not, or no more, in quarantine. */
  readonly record: QuarantineRecord | null;
  /** What was written, or of a dry run would be; a deletion is an object with only a name. */
  readonly objects: readonly { readonly verb: 'patch' | 'apply' | 'delete'; readonly object: object }[];
  /** What whoever asked should know; sentences. */
  readonly warnings: readonly string[];
}

const GONE = [404, 409, 422] as const;

interface Prepared {
  readonly pod: TargetPod;
  readonly record: QuarantineRecord;
  readonly isMarked: boolean;
  readonly policy: PolicyObject;
  readonly globalPolicy: PolicyObject | null;
  readonly warnings: readonly string[];
}

export class Quarantine {
  readonly #api: Api;
  readonly #actor: string;
  readonly #origin: Origin;
  readonly #now: () => number;
  readonly #instance: string;

  constructor({ api, actor, origin, now = Date.now, instance = 'sluice' }: QuarantineOptions) {
    this.#api = api;
    this.#actor = actor;
    this.#origin = origin;
    this.#now = now;
    this.#instance = instance.slice(0, 128);
  }

  /**
   * Idempotent: a pod that is in quarantine gets the new time, reason and actor.
   * @throws QuarantineError
   */
  async put(target: Target, request: PutRequest): Promise<QuarantineResult> {
    const pod = await resolveTarget(this.#api, target);
    const settings = await readSettings(this.#api);
    const state = stateOf(pod);
    // By itself nothing is made longer: an alert that goes on and on would hold a pod for good.
    if (this.#origin === 'alert' && state.kind === 'held')
      return { outcome: 'unchanged', pod, record: state.record, objects: [], warnings: [] };
    await this.#check(pod, settings, request);
    const prepared = await this.#prepare(pod, settings, request);
    const objects = objectsOf(prepared);
    const { record, warnings } = prepared;
    if (request.dryRun === true) return { outcome: 'planned', pod, record, objects, warnings };
    await request.before?.(pod);
    await this.#mark(prepared, request);
    const told = await this.#tell(deedOf('quarantined', pod, record, this.#now()));
    return {
      outcome: state.kind === 'held' ? 'extended' : 'quarantined',
      ...{ pod, record, objects, warnings: [...warnings, ...told] },
    };
  }

  async #check(pod: TargetPod, settings: QuarantineSettings, request: PutRequest): Promise<void> {
    refuseNever(pod, settings);
    if (stateOf(pod).kind === 'free' && !this.#isForced(request)) await this.#refuseLastReady(pod);
  }

  #isForced({ force }: PutRequest): boolean {
    return force === true && this.#origin === 'person';
  }

  async #refuseLastReady(pod: TargetPod): Promise<void> {
    const pods = await readAll(this.#api, podsPath(pod.namespace));
    refuseLastReady(pod, pods.map(readPod));
  }

  async #prepare(pod: TargetPod, settings: QuarantineSettings, request: PutRequest): Promise<Prepared> {
    await needRights(this.#api, this.#actor, rightsToPut(pod));
    const global = await this.#globalPolicy();
    const now = this.#now();
    const state = stateOf(pod);
    const record: QuarantineRecord = {
      uid: pod.uid,
      since: state.kind === 'held' ? state.record.since : now,
      until: now + lengthOf(request.seconds ?? settings.expirySeconds) * 1000,
      reason: request.reason,
      actor: this.#actor,
      origin: this.#origin,
      event: request.event ?? '',
    };
    const writtenFor = `${pod.uid} ${new Date(now).toISOString()}`;
    const allowing = global.writes ? [] : await policiesThatAllow(this.#api, pod);
    return {
      ...{ pod, record, isMarked: state.kind !== 'free' },
      policy: networkPolicy(pod.namespace, writtenFor),
      globalPolicy: global.writes ? globalNetworkPolicy(writtenFor) : null,
      warnings: [...global.warnings, ...allowing.map((name) => allowsText(pod.namespace, name))],
    };
  }

  async #globalPolicy(): Promise<{ readonly writes: boolean; readonly warnings: readonly string[] }> {
    const served = await servesGlobalPolicies(this.#api);
    if (served === 'no') return { writes: false, warnings: [] };
    if (served === 'unknown')
      return {
        writes: false,
        warnings: ["Calico's API server does not answer: only the NetworkPolicy is written."],
      };
    const missing = await missingRights(this.#api, GLOBAL_RIGHTS);
    if (missing.length === 0) return { writes: true, warnings: [] };
    return {
      writes: false,
      warnings: [
        "You may not write Calico's GlobalNetworkPolicy: only the NetworkPolicy is written; the controller adds the other.",
      ],
    };
  }

  /** In this order: see policy-writer.ts. What fails half way is taken back. */
  async #mark({ pod, record, isMarked, policy, globalPolicy }: Prepared, request: PutRequest): Promise<void> {
    await this.#patch(pod, markOf(record));
    try {
      // Whoever acted at the same time has taken one that was counted on.
      if (!isMarked && !this.#isForced(request)) await this.#refuseLastReady(pod);
      await writePolicy(this.#api, networkPoliciesPath(pod.namespace), policy);
      if (globalPolicy !== null) await writePolicy(this.#api, GLOBAL_POLICIES_PATH, globalPolicy);
    } catch (error) {
      if (!isMarked) await this.#patch(pod, unmarkOf(pod.uid));
      throw error;
    }
  }

  async #patch(pod: TargetPod, metadata: object): Promise<void> {
    const answer = await askFor(
      this.#api,
      {
        method: 'PATCH',
        path: podPath(pod.namespace, pod.name),
        contentType: 'application/merge-patch+json',
        query: { fieldManager: FIELD_MANAGER },
        body: { metadata },
      },
      ...GONE,
    );
    if (!answer.ok)
      throw new QuarantineError('QUARANTINE_POD_REPLACED', { pod: keyOf(pod), uid: pod.uid }, answer.refusal);
  }

  /**
   * Idempotent, and of use behind a half-done release: policies that nobody needs go in any case.
   * @throws QuarantineError
   */
  async release(target: Target, request: ReleaseRequest = {}): Promise<QuarantineResult> {
    const pod = await resolveTarget(this.#api, target);
    await needRights(this.#api, this.#actor, rightsToRelease(pod));
    const isMarked = stateOf(pod).kind !== 'free';
    const objects = [
      ...(isMarked ? [{ verb: 'patch' as const, object: podPatch(pod, unmarkOf(pod.uid)) }] : []),
      ...((await this.#isLast(pod)) ? [{ verb: 'delete' as const, object: policyName(pod.namespace) }] : []),
    ];
    const state = { pod, record: null, objects };
    if (request.dryRun === true) return { ...state, outcome: 'planned', warnings: [] };
    if (isMarked) await this.#patch(pod, unmarkOf(pod.uid));
    await removePolicyIfUnused(this.#api, networkPoliciesPath(pod.namespace), podsPath(pod.namespace));
    const warnings = await this.#removeGlobalPolicy();
    if (!isMarked) return { ...state, outcome: 'unchanged', warnings };
    const told = await this.#tell({
      ...{ act: request.act ?? 'released', pod, at: this.#now(), actor: this.#actor },
      ...{ reason: request.reason ?? '', until: null, event: '' },
    });
    return { ...state, outcome: 'released', warnings: [...warnings, ...told] };
  }

  /** Whether the policy of its namespace goes with it. */
  async #isLast(pod: TargetPod): Promise<boolean> {
    const policy = await readOne(this.#api, `${networkPoliciesPath(pod.namespace)}/${POLICY_NAME}`);
    if (policy === null) return false;
    const found = await readAll(this.#api, podsPath(pod.namespace), { labelSelector: QUARANTINE_LABEL });
    return found.map(readPod).every(({ uid }) => uid === pod.uid);
  }

  /** Whoever may not look at all pods leaves it to the controller. */
  async #removeGlobalPolicy(): Promise<readonly string[]> {
    if ((await servesGlobalPolicies(this.#api)) !== 'yes') return [];
    const rights = [...GLOBAL_RIGHTS, { verb: 'list', group: '', resource: 'pods' }];
    if ((await missingRights(this.#api, rights)).length > 0)
      return ["The controller removes Calico's GlobalNetworkPolicy when nobody needs it."];
    await removePolicyIfUnused(this.#api, GLOBAL_POLICIES_PATH, podsPath());
    return [];
  }

  async #tell(deed: Deed): Promise<readonly string[]> {
    const failure = await tellCluster(this.#api, deed, this.#instance);
    return failure === '' ? [] : [`No Event could be written: ${failure}`];
  }
}

const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies' };
const GLOBAL_RIGHTS: readonly Right[] = ['get', 'create', 'update', 'delete'].map((verb) => ({
  verb,
  ...{ group: 'projectcalico.org', resource: 'globalnetworkpolicies' },
  ...(verb === 'create' ? {} : { name: POLICY_NAME }),
}));

/** As small as RBAC can say it: what is created cannot be named there. */
function rightsToPut({ namespace, name }: TargetPod): readonly Right[] {
  return [
    { verb: 'list', group: '', resource: 'pods', namespace },
    { verb: 'patch', group: '', resource: 'pods', namespace, name },
    { verb: 'list', ...POLICIES, namespace },
    { verb: 'get', ...POLICIES, namespace, name: POLICY_NAME },
    { verb: 'create', ...POLICIES, namespace },
    { verb: 'update', ...POLICIES, namespace, name: POLICY_NAME },
  ];
}

function rightsToRelease({ namespace, name }: TargetPod): readonly Right[] {
  return [
    { verb: 'list', group: '', resource: 'pods', namespace },
    { verb: 'patch', group: '', resource: 'pods', namespace, name },
    { verb: 'get', ...POLICIES, namespace, name: POLICY_NAME },
    { verb: 'delete', ...POLICIES, namespace, name: POLICY_NAME },
  ];
}

const lengthOf = (seconds: number): number =>
  Math.min(Math.max(seconds, QUARANTINE_LIMITS.expirySecondsMin), QUARANTINE_LIMITS.expirySecondsMax);

const podPatch = ({ namespace, name }: TargetPod, metadata: object): object => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name, namespace, ...metadata },
});

const policyName = (namespace: string): object => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  metadata: { name: POLICY_NAME, namespace },
});

const objectsOf = ({ pod, record, policy, globalPolicy }: Prepared): QuarantineResult['objects'] => [
  { verb: 'patch', object: podPatch(pod, markOf(record)) },
  { verb: 'apply', object: policy },
  ...(globalPolicy === null ? [] : [{ verb: 'apply' as const, object: globalPolicy }]),
];

const allowsText = (namespace: string, name: string): string =>
  `The NetworkPolicy ${namespace}/${name} selects the pod and lets traffic by: NetworkPolicies add up, so what it allows goes on.`;
