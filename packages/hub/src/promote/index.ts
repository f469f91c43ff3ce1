/** From Detect to Block: what Block would have stopped, and what must not be. */

export { type Analysis, type AnalysisRequest, analyse } from './analyse.ts';
export { isRefusedWithout } from './arithmetic.ts';
export { type BlockedEvent, blockedEvent, type Hit } from './blocked-event.ts';
export type {
  ExclusionObject,
  Exclusions,
  Proposal,
  Refused,
} from './exclusions.ts';
export {
  type Choice,
  type Choices,
  choicesOf,
  type Effect,
  effectOf,
  exclusionsFor,
  type Passing,
  type Scope,
} from './for-event.ts';
export type { Group } from './groups.ts';
export {
  type Hits,
  hitsOf,
  type InForce,
  inForceOf,
  ruleRange,
  takesAway,
  type WrittenExclusion,
} from './in-force.ts';
export type { Judgement, Reason } from './judgement.ts';
export { JUDGEMENT, PROMOTE_LIMITS } from './limits.ts';
export {
  describeStage,
  type MovePlan,
  modeOf,
  type Next,
  nextOf,
  planSchema,
  type Stage,
  type StagedMode,
  withHistory,
} from './move.ts';
export { EXCLUDABLE_VARIABLES, excludableTarget } from './targets.ts';
export { isInPaths } from './templates.ts';
