/**
 * What can be written of a plan. A policy that no ConfigMap can hold, or whose ConfigMap the API server refuses, is not given to nodes:
 * they keep the one that they have under its name. A node that has none gets its settings without the SecLang of tenants. Where not even
 * these can be written, pods of that policy keep what they had, or wait, and the others of the node go on.
 */
import type { NodePlan, Plan, PlannedPod, PlannedPolicy } from '../plan/plan.ts';
import { POLICY_BYTES_MAX, policyBytes, policyDigest } from '../policy-content.ts';
import type { NodeInForce } from './in-force.ts';

export interface UnwritablePolicy {
  readonly name: string;
  readonly digest: string;
  readonly reason: 'TooLarge' | 'WriteFailed';
  readonly message: string;
}

export interface WritablePlan {
  readonly nodes: ReadonlyMap<string, NodePlan>;
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
  readonly unwritable: readonly UnwritablePolicy[];
}

/** What SluiceNodes say, by node. */
export type NodesInForce = ReadonlyMap<string, NodeInForce>;

const withoutRules = (policy: PlannedPolicy): PlannedPolicy => ({ ...policy, before: [], after: [] });

/** @param refused by digest, why the API server does not take its ConfigMap */
export function writablePlan(
  plan: Pick<Plan, 'nodes' | 'policies'>,
  refused: ReadonlyMap<string, string>,
  standing: NodesInForce,
): WritablePlan {
  const unwritable = new Map<string, UnwritablePolicy>();
  for (const [digest, policy] of plan.policies) {
    const found = problemOf(digest, policy, refused);
    if (found !== null) unwritable.set(digest, found);
  }
  if (unwritable.size === 0) return { nodes: plan.nodes, policies: plan.policies, unwritable: [] };
  const policies = new Map([...plan.policies].filter(([digest]) => !unwritable.has(digest)));
  const nodes = new Map(
    [...plan.nodes].map(([name, node]) => [
      name,
      replaced(node, {
        planned: plan.policies,
        refused,
        unwritable,
        policies,
        former: standing.get(name) ?? NOTHING,
      }),
    ]),
  );
  return { nodes, policies, unwritable: [...unwritable.values()] };
}

function problemOf(
  digest: string,
  policy: PlannedPolicy,
  refused: ReadonlyMap<string, string>,
): UnwritablePolicy | null {
  const { name } = policy;
  const reason = refused.get(digest);
  if (reason !== undefined)
    return { name, digest, reason: 'WriteFailed', message: `its ConfigMap cannot be written: ${reason}` };
  const bytes = policyBytes(policy);
  if (bytes <= POLICY_BYTES_MAX) return null;
  const message = `it takes ${bytes} bytes with its RuleSets, and a ConfigMap holds ${POLICY_BYTES_MAX}: make RuleSets shorter or name fewer`;
  return { name, digest, reason: 'TooLarge', message };
}

const NOTHING: NodeInForce = { policies: new Map(), pods: new Map() };

interface Replacing {
  readonly planned: Plan['policies'];
  readonly refused: ReadonlyMap<string, string>;
  readonly unwritable: ReadonlyMap<string, UnwritablePolicy>;
  readonly former: NodeInForce;
  /** Receives what is written in place of one that cannot be. */
  readonly policies: Map<string, PlannedPolicy>;
}

function replaced(node: NodePlan, replacing: Replacing): NodePlan {
  if (!node.policies.some(({ digest }) => replacing.unwritable.has(digest))) return node;
  const chosen = new Map(
    node.policies.flatMap(({ name, digest }) => {
      const instead = insteadOf(name, digest, replacing);
      return instead === null ? [] : [[name, instead] as const];
    }),
  );
  if (chosen.size === node.policies.length) return { ...node, policies: listed(chosen) };
  const { former } = replacing;
  // What is chosen is decided before any pod is: none may go on because another keeps what it had.
  const kept = new Map([...former.policies].filter(([name]) => !chosen.has(name)));
  const pods = node.pods.flatMap((pod) => {
    if (namesOf(pod).every((name) => chosen.has(name))) return [pod];
    const before = former.pods.get(pod.uid);
    const isKept =
      before !== undefined && namesOf(before).every((name) => chosen.has(name) || kept.has(name));
    return isKept ? [before] : [];
  });
  const named = new Set(pods.flatMap(namesOf));
  const both = [...chosen, ...[...kept].filter(([name]) => named.has(name))];
  return { ...node, pods, policies: listed(new Map(both)) };
}

/** Digest of what a node gets under this name; null where nothing of it can be written. */
function insteadOf(
  name: string,
  digest: string,
  { planned, refused, unwritable, former, policies }: Replacing,
): string | null {
  const policy = planned.get(digest);
  if (!unwritable.has(digest) || policy === undefined) return digest;
  // Also where it is this one, whose ConfigMap somebody has deleted: the node has read it, or keeps what it had before.
  const kept = former.policies.get(name);
  if (kept !== undefined) return kept;
  const plain = withoutRules(policy);
  const plainDigest = policyDigest(plain);
  const isWritable =
    policyBytes(plain) <= POLICY_BYTES_MAX && !unwritable.has(plainDigest) && !refused.has(plainDigest);
  if (!isWritable) return null;
  policies.set(plainDigest, plain);
  return plainDigest;
}

const listed = (chosen: ReadonlyMap<string, string>): NodePlan['policies'] =>
  [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, digest]) => ({ name, digest }));

const namesOf = (pod: PlannedPod): readonly string[] => [
  pod.policy,
  ...pod.ports.flatMap(({ policy }) => (policy === undefined ? [] : [policy.name])),
];
