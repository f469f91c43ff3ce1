/**
 * Kubernetes objects in; policies, tables of nodes and conditions out.
 *
 *     objects ─▶ World ─▶ plan (pure) ─▶ Plan ─▶ SluiceNode, ConfigMap of policies, WorkloadSlice, conditions
 *                                                    │
 *                                    on each node: table, sluice.yaml, rule files, who is behind an address
 */

export type { Api, ApiAnswer, ApiRequest } from './apply/api.ts';
export { type InForce, policiesByName } from './apply/in-force.ts';
export { type CalicoPresence, managerOf } from './calico/presence.ts';
export { type CalicoInput, calicoInput, memoised as memoisedCalicoInput } from './calico/state.ts';
export { CalicoStatusWriter } from './calico/status-writer.ts';
export { calicoStatuses, type ObjectStatus, reportsOfOurs } from './calico/statuses.ts';
export {
  type CalicoObjects,
  NO_CALICO_OBJECTS,
  type Translation,
  translateCalico,
} from './calico/translate.ts';
export { ApiClient, ApiRefusal } from './cluster/client.ts';
export { type KubeconfigChoice, loadKubeconfig } from './cluster/kubeconfig.ts';
export {
  type Kind,
  type KindStatus,
  Reflector,
  type ReflectorListener,
  type ReflectorTimes,
  type WatchState,
} from './cluster/reflector.ts';
export { ApiSource, type RawObject, type Resource, type Source } from './cluster/source.ts';
export type { Condition, ConditionFact, ConditionStatus, ConditionType, Reason } from './conditions.ts';
export { Controller, type ControllerOptions, type MakePlanner, type WorldSource } from './controller.ts';
export { CONTROLLER_ERRORS, ControllerError, type ControllerErrorCode } from './errors.ts';
export { definitions, type Installed, installDefinitions, logInstalled } from './install/install.ts';
export { readPresence } from './install/presence.ts';
export { type CustomResourceDefinition, crdOf, yamlOf } from './kinds/crd.ts';
export { KINDS, type KindDefinition, type KindName } from './kinds/definitions.ts';
export * as names from './kinds/names.ts';
export type * from './kinds/objects.ts';
export {
  type ParsedObject,
  parseMetadata,
  parseNodeReport,
  parseObject,
  type SpecOf,
  specProblems,
} from './kinds/parse.ts';
export { problemText, type SpecProblem, settingsOf, settingsProblems } from './kinds/problems.ts';
export { conditionsIn } from './kinds/schema/status.ts';
export type { Log } from './log.ts';
export { Mirror, type MirrorOptions } from './mirror/mirror.ts';
export { AgentStatusFile } from './node/agent-state.ts';
export { FolderHold } from './node/hold.ts';
export { isTurning, nodeMetrics, statusLines as nodeStatusLines } from './node/metrics.ts';
export { RuntimeNamespaces } from './node/namespaces/cri.ts';
export { LinkedNamespaces } from './node/namespaces/links.ts';
export { ApiNode } from './node/node-api.ts';
export { Prober } from './node/probe/prober.ts';
export { AdminServers } from './node/server-state.ts';
export { NodeSync, type NodeSyncOptions, type SyncStatus } from './node/sync.ts';
export { WatchedFeed } from './node/watched-feed.ts';
export { Operators, type OperatorsOptions, processRegistry } from './operators.ts';
export type * from './plan/node-report.ts';
export type * from './plan/plan.ts';
export { Planner, type PlanOptions, plan } from './plan/planner.ts';
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
export { type JudgeOptions, RuleSetJudge } from './rules/judge/judge.ts';
export { type PolicyFile, type PolicyFiles, policyFiles } from './rules/policy-files.ts';
export { coversRule, isProtectedRule } from './rules/protected.ts';
export type * from './rules/verdict.ts';
export { CertificateKeeper, type KeeperOptions } from './webhook/certificates/keeper.ts';
export { type WebhookAddress, webhookConfiguration } from './webhook/configuration.ts';
export { Decider, type DeciderOptions } from './webhook/decide.ts';
export { WorldPlaces } from './webhook/places.ts';
export { type WebhookOptions, WebhookServer } from './webhook/server.ts';
export type * from './world.ts';
