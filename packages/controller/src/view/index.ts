/** Looking at a cluster: what is selected, by which policy, and how far enforcement has come. docs/status.md shows it. */
export { ClusterView, type ClusterViewOptions } from './cluster-view.ts';
export { type Explanation, explainService, type PolicyStory, type Step, type StepState } from './explain.ts';
export { type Look, lookAt, lookAtService, type NodeState, type Seen, type Unseen, viewOf } from './look.ts';
export type { ObjectState } from './objects.ts';
export type { PodState, PodVerdict } from './pods.ts';
export { remedyOf } from './remedies.ts';
export type { ServiceState, ServiceVerdict } from './services.ts';
export { FORMER, type SettingOrigin } from './settings.ts';
