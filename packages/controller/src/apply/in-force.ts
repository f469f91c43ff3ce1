/** What stands in the API server when a term begins: what nodes have been told by whoever led before. */

import { reasonOf } from '../errors.ts';
import { CONTENT_LABEL } from '../kinds/names.ts';
import type { Term } from '../lease/term.ts';
import type { Log } from '../log.ts';
import type { PlannedPod, PlannedPolicy } from '../plan/plan.ts';
import { digestOfName, readPolicy } from '../policy-content.ts';
import { type Api, isObject } from './api.ts';
import { contentDigest } from './apply.ts';
import { type LiveObject, listObjects } from './list.ts';
import { CONFIG_MAPS, type Resource, SLUICE_NODES, WORKLOAD_SLICES } from './resources.ts';

/** One object that stands. */
export interface Standing {
  readonly uid: string;
  /** Of its content; `''` where it must be replaced. */
  readonly digest: string;
  /** Since the epoch. */
  readonly createdMillis: number;
}

export interface StandingNode extends Standing, NodeInForce {}

/** What a node has been given. */
export interface NodeInForce {
  /** By name, digests. */
  readonly policies: ReadonlyMap<string, string>;
  /** By UID. */
  readonly pods: ReadonlyMap<string, PlannedPod>;
}

export interface StandingSlice extends Standing {
  readonly uids: readonly string[];
}

export interface Survey {
  readonly policies: ReadonlyMap<string, Standing>;
  readonly nodes: ReadonlyMap<string, StandingNode>;
  readonly slices: ReadonlyMap<string, StandingSlice>;
}

/** What the planner may take up again: policies by digest, and which of them each node has been given. */
export interface InForce {
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
  readonly nodes: ReadonlyMap<string, Pick<NodeInForce, 'policies'>>;
}

/** By name, the policy that most nodes have under it. */
export function policiesByName({ policies, nodes }: InForce): ReadonlyMap<string, PlannedPolicy> {
  const digests = [...nodes.values()].flatMap((node) => [...node.policies.values()]);
  const counts = new Map<string, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const rising = [...counts].sort(([left, few], [right, many]) => few - many || (left < right ? -1 : 1));
  return new Map(
    rising.flatMap(([digest]) => {
      const policy = policies.get(digest);
      return policy === undefined ? [] : [[policy.name, policy] as const];
    }),
  );
}

export interface SurveyOptions {
  readonly api: Api;
  readonly term: Term;
  readonly log: Log;
  readonly namespace: string;
}

const standing = (resource: Resource, { metadata, content }: LiveObject): Standing => ({
  uid: metadata.uid,
  digest: contentDigest(resource, content),
  createdMillis: Date.parse(metadata.creationTimestamp),
});

const itemsOf = (value: unknown, field: string): readonly Readonly<Record<string, unknown>>[] => {
  const items = isObject(value) ? value[field] : undefined;
  return Array.isArray(items) ? items.filter(isObject) : [];
};

/** Of a spec that was planned here, or by a version before. */
export const inForceOf = (spec: unknown): NodeInForce => ({
  policies: new Map(itemsOf(spec, 'policies').map(({ name, digest }) => [String(name), String(digest)])),
  pods: new Map(itemsOf(spec, 'pods').map((pod) => [String(pod.uid), pod as unknown as PlannedPod])),
});

/**
 * @param onPolicy called with each policy that stands whole
 * @throws ControllerError KUBERNETES_REFUSED, KUBERNETES_UNREACHABLE
 */
export async function survey(
  { api, term, log, namespace }: SurveyOptions,
  onPolicy: (digest: string, policy: PlannedPolicy) => void,
): Promise<Survey> {
  const { signal } = term;
  const policies = new Map<string, Standing>();
  const labels = `${CONTENT_LABEL}=policy`;
  for await (const live of listObjects(api, CONFIG_MAPS, { namespace, labels, signal })) {
    const digest = digestOfName(live.metadata.name);
    if (digest === null) continue;
    const here = standing(CONFIG_MAPS, live);
    try {
      onPolicy(digest, readPolicy(digest, live.content.data as Readonly<Record<string, string>> | undefined));
      policies.set(digest, here);
    } catch (error) {
      log.warn({ error: reasonOf(error) }, 'a ConfigMap is not what its name says, and is replaced');
      policies.set(digest, { ...here, digest: '' });
    }
  }
  const nodes = new Map<string, StandingNode>();
  for await (const live of listObjects(api, SLUICE_NODES, { signal })) {
    const here = standing(SLUICE_NODES, live);
    nodes.set(live.metadata.name, { ...here, ...inForceOf(live.content.spec) });
  }
  const slices = new Map<string, StandingSlice>();
  for await (const live of listObjects(api, WORKLOAD_SLICES, { signal })) {
    const uids = itemsOf(live.content.spec, 'workloads').map(({ uid }) => String(uid));
    slices.set(live.metadata.name, { ...standing(WORKLOAD_SLICES, live), uids });
  }
  return { policies, nodes, slices };
}
