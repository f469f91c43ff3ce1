/** Read-only views of rules and results, for people. Nothing here takes part in a verdict. */
export { makeRuleFiles } from '../language/rule-files.ts';
export { checkRuleFiles, type RuleCheck, type RuleCheckOptions } from './check.ts';
export { type CostOfRule, clearRuleCosts, ruleCosts, type TimedRequests, timedRequests } from './costs.ts';
export {
  type Decider,
  type ExplainedDecision,
  type ExplainedLink,
  explainDecision,
  type PatternCost,
  patternCost,
} from './decision.ts';
export type { Span } from './locate.ts';
export { type ExplainedStep, type ExplainedTarget, explainTarget } from './match.ts';
export { ruleSelector } from './select.ts';
