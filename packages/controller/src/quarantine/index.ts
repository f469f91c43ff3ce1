/** Cutting pods off, and letting them go. docs/quarantine.md says what is done and what is never done. */
export type { Api, ApiAnswer, ApiRequest } from '../apply/api.ts';
export { type AutomaticOutcome, AutomaticQuarantine, type Trigger } from './automatic.ts';
export type { RecordDeeds } from './deed-log.ts';
export { QUARANTINE_ERRORS, QuarantineError, type QuarantineErrorCode } from './errors.ts';
export { type KeeperOptions, QuarantineKeeper, type SweepReport } from './keeper.ts';
export { QUARANTINE_LIMITS } from './limits.ts';
export { type HeldPod, listQuarantine } from './list.ts';
export { listProposals, type Proposal } from './proposals.ts';
export {
  type Outcome,
  type PutRequest,
  Quarantine,
  type QuarantineResult,
  type ReleaseRequest,
} from './quarantine.ts';
export type { QuarantineRecord } from './record.ts';
export { whoAmI } from './rights.ts';
export { type EventSource, parseTarget, type Target, targetOf } from './target.ts';
