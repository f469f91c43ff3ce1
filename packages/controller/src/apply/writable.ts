/**
 * What can be written of a plan. A policy that no ConfigMap can hold, or whose ConfigMap the API server refuses, is not given to nodes:
 * they keep the one that they have under its name. A node that has none gets its settings without the SecLang of tenants.
 */
import type { NodePlan, Plan, PlannedPolicy } from '../plan/plan.ts';
import { POLICY_BYTES_MAX, policyBytes, policyDigest } from '../policy-content.ts';

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

/** By node, by name of a policy, the digest that its SluiceNode names. */
export type PoliciesOfNodes = ReadonlyMap<string, ReadonlyMap<string, string>>;

const withoutRules = (policy: PlannedPolicy): PlannedPolicy => ({ ...policy, before: [], after: [] });

/** @param refused by digest, why the API server does not take its ConfigMap */
export function writablePlan(
  plan: Pick<Plan, 'nodes' | 'policies'>,
  refused: ReadonlyMap<string, string>,
  standing: PoliciesOfNodes,
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
      replaced(node, plan, unwritable, standing.get(name), policies),
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

/** @param policies receives what is written in place of one that cannot be */
function replaced(
  node: NodePlan,
  plan: Pick<Plan, 'policies'>,
  unwritable: ReadonlyMap<string, UnwritablePolicy>,
  former: ReadonlyMap<string, string> | undefined,
  policies: Map<string, PlannedPolicy>,
): NodePlan {
  if (!node.policies.some(({ digest }) => unwritable.has(digest))) return node;
  const chosen = node.policies.map(({ name, digest }) => {
    const problem = unwritable.get(digest);
    const policy = plan.policies.get(digest);
    if (problem === undefined || policy === undefined) return { name, digest };
    const kept = former?.get(name);
    if (kept !== undefined && kept !== digest) return { name, digest: kept };
    const plain = withoutRules(policy);
    const plainDigest = policyDigest(plain);
    if (policyBytes(plain) > POLICY_BYTES_MAX || unwritable.has(plainDigest)) return { name, digest };
    policies.set(plainDigest, plain);
    return { name, digest: plainDigest };
  });
  return { ...node, policies: chosen };
}
