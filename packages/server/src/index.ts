/**
 * Envoy's external authorization, answered by an inspector:
 *
 *     const config = loadConfig('/etc/sluice/sluice.yaml');
 *     const server = createServer({ config, inspector, log: createLog(config.log.level) });
 *     await server.start();
 *     process.once('SIGTERM', () => void server.drain());
 */
export { type BoundAddress, formatAddress, type ListenAddress, parseAddress } from './address.ts';
export { Capture, type CaptureConfig, type CaptureCounts } from './capture/capture.ts';
export { CAPTURE_ENDING } from './capture/capture-file.ts';
export { addCaptureMetrics } from './capture/capture-metrics.ts';
export { type CapturedRequest, readCaptured } from './capture/captured-request.ts';
export {
  type CaptureKeys,
  makeCaptureKeys,
  type OpenedCapture,
  openCapture,
  publicKeyOf,
  recipientOf,
} from './capture/format.ts';
export { CHECK_PATH } from './check.ts';
export { type Config, type EventsConfig, loadConfig, type PolicyConfig, parseConfig } from './config.ts';
export { type Decision, decide } from './decide.ts';
export { createEngineInspector, type EngineInspectorOptions } from './engine-inspector.ts';
export {
  type ConfigPosition,
  reasonOf,
  SERVER_ERRORS,
  ServerError,
  type ServerErrorCode,
  type ServerErrorOptions,
} from './errors.ts';
export { type EventOrigin, type EventOriginOptions, type EventsPolicy, eventOrigin } from './event-origin.ts';
export type {
  Answer,
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeInspector,
  ExchangeOpening,
} from './exchange-inspector.ts';
export {
  type CountedExclusion,
  ExclusionHits,
  type ExclusionHitsReport,
} from './exclusion-hits/exclusion-hits.ts';
export { addExclusionHitsMetrics } from './exclusion-hits/exclusion-hits-metrics.ts';
export { exclusionId } from './exclusion-hits/exclusion-id.ts';
export { giveWay } from './give-way.ts';
export {
  type EventShares,
  type EventSink,
  type Inspection,
  type InspectionRequest,
  type Inspector,
  type Mode,
  UNINSPECTABLE_CAUSES,
  type UninspectableCause,
  type Verdict,
} from './inspector.ts';
export type { L7Workload } from './l7/document.ts';
export type { L7Options, RecordSink } from './l7/l7-view.ts';
export { LateEvent, madeEvent } from './late-event.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
export { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.ts';
export { Metrics } from './metrics.ts';
export { ruleSettings } from './policies/rule-settings.ts';
export { PolicySelector } from './policies/select.ts';
export type { EnforcedPolicy, ExclusionPolicy, UninspectableAction, UninspectablePolicy } from './policy.ts';
export { createPoolInspector, type PoolInspector, type PoolInspectorOptions } from './pool/pool-inspector.ts';
export { addPoolMetrics } from './pool/pool-metrics.ts';
export type { RehearsalReport } from './rehearsal/rehearsal.ts';
export { Rehearsals } from './rehearsal/rehearsals.ts';
export { RehearsingInspector } from './rehearsal/rehearsing-inspector.ts';
export type { Difference } from './rehearsal/tally.ts';
export { ExclusionExpiry } from './reload/expiry.ts';
export { Reloader, type ReloadSource, type ReloadStatus, statusLines } from './reload/reload.ts';
export { ReloadMetrics, type ReloadOutcome } from './reload/reload-metrics.ts';
export { generationVersion, unitKeys } from './reload/unit-key.ts';
export { FileWatch } from './reload/watch.ts';
export { RULE_CLOCK_LIMITS, RuleClock, type RuleCostLine, type RuleCostsReport } from './rule-clock.ts';
export {
  buildGeneration,
  type GenerationOptions,
  type PolicyRules,
  type RuleSetGeneration,
  type RuleSetHost,
} from './rule-sets.ts';
export { createServer, type ServerOptions, type SluiceServer } from './server.ts';
export { addSpoolMetrics, type SpoolFigures } from './spool-metrics.ts';
export { type WorkloadLine, workloadsText } from './workloads/workload-file.ts';
export { Workloads, type WorkloadsStatus } from './workloads/workloads.ts';
export { addWorkloadsMetrics } from './workloads/workloads-metrics.ts';
export { WrittenEvent, type WrittenEventParts } from './written-event.ts';
