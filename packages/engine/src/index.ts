/**
 * The Sluice engine: SecLang in, verdicts and events out.
 *
 *   const engine = new Engine({ cacheDirectory: null });
 *   const rules = engine.loadRules([{ path: 'shop.conf', text: 'SecRule ARGS "@contains evil" "id:1,phase:2,deny"' }]);
 *   const ruleSet = engine.ruleSet(rules, overlayFor({ name: 'shop', mode: 'Block' }));
 *   const transaction = engine.transaction(ruleSet, attributes);
 *   transaction.requestHeaders();
 *   transaction.requestBody(chunk);
 *   const verdict = transaction.requestEnd();   // { kind: 'deny', status: 403, ruleId: 1, … }
 *   const event = buildEvent(transaction.finish());
 */

// For those who inspect messages.
export type {
  Endpoint,
  HeaderList,
  HttpRequestAttributes,
  HttpResponseAttributes,
} from './attributes/http-attributes.ts';
// For those who build on the engine.
export { fromBytes, fromText, toBytes } from './bytes.ts';
export type { CompileLimits } from './compile-child/limits.ts';
export {
  type ChildUnitOptions,
  Engine,
  type EngineOptions,
  type Evaluation,
  type SharedUnit,
  type UnitOptions,
} from './engine.ts';
export { ENGINE_ERRORS, EngineError, type EngineErrorCode, type SourcePosition } from './errors.ts';
export { type BriefEvent, buildBriefEvent, sourceOf } from './event/brief-event.ts';
export { CLIENT_GONE, ENGINE_SKIPS, type EventCoverage } from './event/coverage.ts';
export { buildEvent, isEventful, verdictOfGone } from './event/event.ts';
export { EVENT_ID_CHARACTERS, EventIds, makeEventId } from './event/event-id.ts';
export {
  type EventContext,
  type EventMasking,
  type EventObserver,
  type EventOptions,
  MASKING_DEFAULT,
} from './event/event-options.ts';
export { formatLogLine } from './event/log-line.ts';
export { briefWithOutcome, type Outcome, withOutcome } from './event/outcome.ts';
export { buildRefusalEvent, type Refusal } from './event/refusal-event.ts';
export type { EventEnds, EventRule, EventRuleTarget, EventWorkload, WafEvent } from './event/waf-event.ts';
export * from './explain/explain.ts';
export type { DirectiveNode, RuleDocument } from './language/ast.ts';
export type { FileReader, RuleSource } from './language/file-reader.ts';
export { parseFiles, parseRules } from './language/parse.ts';
export { printDirective } from './language/print.ts';
export { DEFAULT_LIMITS, type Limits, WINDOW_LIMITS } from './limits.ts';
export {
  type ExclusionMatcher,
  exclusionMatcher,
  isInExclusionPaths,
  type MatchedPlace,
} from './link/exclusion-matcher.ts';
export {
  overlayFor,
  type PolicyOverlay,
  type RequestBodyPolicy,
  type ResponseBodyPolicy,
} from './link/overlay.ts';
export { overlayWarnings } from './link/overlay-warnings.ts';
export {
  exclusionText,
  POLICY_RULE_IDS,
  POLICY_TAG,
  type PolicyAddresses,
  type PolicyExclusion,
} from './link/policy-rules.ts';
export type { Overlay, PolicyMode, RuleSet, RuleUnit } from './link/rule-set.ts';
export type { CompileProgress } from './prefilter/compile.ts';
export { rememberScans } from './prefilter/scan-plan.ts';
export { type PhaseTimes, phaseTimes, type RuleCost, timeRules } from './rule-costs.ts';
export type { RuleProgram } from './rule-set/program.ts';
export type { BodyRelease } from './transaction/body-plan.ts';
export { Transaction, type TransactionOptions, type TransactionResult } from './transaction/transaction.ts';
export { foldHeadsAfter } from './variables/head-shape.ts';
export { UNINSPECTABLE_CAUSES, type UninspectableCause, type Verdict } from './verdict/verdict.ts';
export { type Work, work, workSince } from './work.ts';
