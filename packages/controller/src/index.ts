/**
 * Kubernetes objects in; policies, tables of nodes and conditions out.
 *
 *     objects ─▶ World ─▶ plan (pure) ─▶ Plan ─▶ SluiceNode, ConfigMap of policies, WorkloadSlice, conditions
 *                                                    │
 *                                    on each node: table, sluice.yaml, rule files, who is behind an address
 */
export type { Condition, ConditionFact, ConditionStatus, ConditionType, Reason } from './conditions.ts';
export { CONTROLLER_ERRORS, ControllerError, type ControllerErrorCode } from './errors.ts';
export { type CustomResourceDefinition, crdOf } from './kinds/crd.ts';
export { KINDS, type KindDefinition, type KindName } from './kinds/definitions.ts';
export * as names from './kinds/names.ts';
export type * from './kinds/objects.ts';
export { type ParsedObject, parseMetadata, parseObject, type SpecOf, specProblems } from './kinds/parse.ts';
export { problemText, type SpecProblem, settingsOf, settingsProblems } from './kinds/problems.ts';
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
