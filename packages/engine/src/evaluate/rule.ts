/** One rule: its links in order, until one does not match. */
import type { LinkedRule } from '../link/linked.ts';
import { evaluateLink } from './link.ts';
import type { EvaluationState, Interruption, MatchedTarget, RuleMatch } from './state.ts';

const NO_TARGETS: readonly MatchedTarget[] = [];

/** Evaluates a rule with its chain. Returns the match, recorded in the state, or null. */
export function evaluateRule(state: EvaluationState, rule: LinkedRule): RuleMatch | null {
  let targets: readonly MatchedTarget[] = NO_TARGETS;
  state.rule = rule.data;
  if (state.matchedVars.length > 0) state.matchedVars = [];
  for (let link = 0; link < rule.links.length; link++) {
    const matched = evaluateLink(state, rule, link);
    if (matched === null) return null;
    // A chain of one link has all its targets already.
    targets = targets.length === 0 ? matched : [...targets, ...matched];
  }
  const { severity } = rule.data;
  if (severity !== null && severity < state.highestSeverity) state.highestSeverity = severity;
  const match: RuleMatch = {
    rule,
    // Expanded after the whole chain: texts of the head may speak of what a later link captured.
    message: rule.msg?.(state) ?? '',
    data: rule.logdata?.(state) ?? '',
    targets,
  };
  state.matches.push(match);
  return match;
}

/** What a matched rule asks for, or null where it lets the message pass on. */
export function interruptionOf(state: EvaluationState, rule: LinkedRule): Interruption | null {
  const { disruption, id, phase } = rule.data;
  if (disruption.kind === 'pass' || disruption.kind === 'allow') return null;
  return {
    action: disruption.kind,
    status: disruption.status,
    ruleId: id,
    phase,
    location: rule.location?.(state) ?? null,
  };
}
