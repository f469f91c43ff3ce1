/**
 * One link of a rule: its targets in order, their values in order, each value transformed and asked. For each value that
 * matches, MATCHED_VAR and captures are set and the link's actions run, at once, also where the chain fails later.
 */
import { applyActions } from '../actions/apply.ts';
import { asciiLower } from '../bytes.ts';
import type { LinkedLink, LinkedOperator, LinkedRule } from '../link/linked.ts';
import type { LinkedExclusion, LinkedTarget } from '../link/targets.ts';
import { type Captures, NO_CAPTURES } from '../operators/operator.ts';
import { labelOf, type Pair, scalar } from '../variables/pair.ts';
import type { EvaluationState, MatchedTarget } from './state.ts';

/** Evaluates a link. Returns whether any value matched; matches are appended to `matched`. */
export function evaluateLink(
  state: EvaluationState,
  rule: LinkedRule,
  linkIndex: number,
  matched: MatchedTarget[],
): boolean {
  const link = rule.links[linkIndex];
  if (link === undefined) return false;
  if (link.operator === null) {
    applyActions(state, link.actions);
    state.trace?.(`${rule.data.id}/${linkIndex}`);
    return true;
  }
  const before = matched.length;
  const removed = state.removedTargets.get(rule);
  for (const target of link.targets) {
    for (const pair of pairsOf(state, link, target, removed)) {
      evaluateValue(state, rule, linkIndex, link, link.operator, target, pair, matched);
    }
  }
  return matched.length > before;
}

function pairsOf(
  state: EvaluationState,
  link: LinkedLink,
  target: LinkedTarget,
  removed: readonly LinkedExclusion[] | undefined,
): readonly Pair[] {
  let pairs = target.read(state);
  if (pairs.length > 0 && link.exclusions.length > 0) pairs = without(pairs, target, link.exclusions);
  if (pairs.length > 0 && removed !== undefined) pairs = without(pairs, target, removed);
  return target.count ? scalar(String(pairs.length)) : pairs;
}

function without(
  pairs: readonly Pair[],
  target: LinkedTarget,
  exclusions: readonly LinkedExclusion[],
): readonly Pair[] {
  const own = exclusions.filter((exclusion) => exclusion.variable === target.variable);
  return own.length === 0
    ? pairs
    : pairs.filter((pair) => !own.some((exclusion) => exclusion.excludes(pair)));
}

function evaluateValue(
  state: EvaluationState,
  rule: LinkedRule,
  linkIndex: number,
  link: LinkedLink,
  operator: LinkedOperator,
  target: LinkedTarget,
  pair: Pair,
  matched: MatchedTarget[],
): void {
  const gated = rule.gate >= 0 && operator.slot >= 0 && state.scans !== null;
  let previous: string | null = null;
  for (const node of link.nodes) {
    // The prefilter may rule a match out, and never decides that there is one.
    if (gated && !state.scans?.mayMatch(pair.value, node, operator.slot)) {
      previous = null;
      continue;
    }
    const value = state.transforms.get(pair.value, node);
    // multiMatch asks the value itself and each transformation that changed it.
    if (value === previous) continue;
    previous = value;
    const captures = ask(state, operator, value);
    if (captures === null) continue;
    if (!operator.negated) operator.instance.tell?.(state, value, operator.expand(state));
    const label = target.count ? `&${target.variable}` : labelOf(target.variable, pair);
    matched.push(onMatch(state, rule, linkIndex, link, captures, label, value));
  }
}

/** The operator's answer with its negation. */
function ask(state: EvaluationState, operator: LinkedOperator, value: string): Captures | null {
  const captures = operator.instance.match(value, operator.expand(state));
  if (!operator.negated) return captures;
  return captures === null ? NO_CAPTURES : null;
}

function onMatch(
  state: EvaluationState,
  rule: LinkedRule,
  linkIndex: number,
  link: LinkedLink,
  captures: Captures,
  label: string,
  value: string,
): MatchedTarget {
  state.matchedVar = value;
  state.matchedVarName = label;
  state.matchedVars.push({ key: label, lowerKey: asciiLower(label), value });
  if (link.capture && captures.length > 0) state.tx.setCaptures(captures);
  const score = applyActions(state, link.actions);
  state.trace?.(`${rule.data.id}/${linkIndex} ${label} ${JSON.stringify(value)} +${score}`);
  return { link: linkIndex, label, value, score };
}
