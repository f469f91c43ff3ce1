/**
 * Kubernetes objects in; policies, tables of nodes and conditions out.
 *
 *     objects ─▶ World ─▶ plan (pure) ─▶ Plan ─▶ SluiceNode, ConfigMap of policies, WorkloadSlice, conditions
 *                                                    │
 *                                    on each node: table, sluice.yaml, rule files, who is behind an address
 */
export type { Condition, ConditionFact, ConditionStatus, ConditionType, Reason } from './conditions.ts';
export { CONTROLLER_ERRORS, ControllerError, type ControllerErrorCode } from './errors.ts';
export * as names from './kinds/names.ts';
export type * from './kinds/objects.ts';
export type * from './plan/node-report.ts';
export type * from './plan/plan.ts';
export {
  digestOfName,
  POLICY_BYTES_MAX,
  type PolicyConfigMap,
  policyBytes,
  policyConfigMap,
  policyConfigMapName,
  policyDigest,
  readPolicy,
} from './policy-content.ts';
export { type PolicyFile, type PolicyFiles, policyFiles } from './rules/policy-files.ts';
export type * from './rules/verdict.ts';
export type * from './world.ts';
