/**
 * One link of a rule: its targets in order, their values in order, each value transformed and asked. For each value that
 * matches, MATCHED_VAR and captures are set and the link's actions run, at once, also where the chain fails later.
 */
import { applyActions } from '../actions/apply.ts';
import type { LinkedLink, LinkedOperator, LinkedRule } from '../link/linked.ts';
import type { LinkedExclusion, LinkedTarget } from '../link/targets.ts';
import { type Captures, NO_CAPTURES } from '../operators/operator.ts';
import { labelOf, type Pair, scalar } from '../variables/pair.ts';
import type { EvaluationState, MatchedTarget } from './state.ts';

/** Evaluates a link. Returns the values that matched, none of a SecAction that adds no score; or null where none did. */
export function evaluateLink(
  state: EvaluationState,
  rule: LinkedRule,
  linkIndex: number,
): readonly MatchedTarget[] | null {
  const link = rule.links[linkIndex];
  if (link === undefined) return null;
  const { operator } = link;
  if (operator === null) {
    const score = applyActions(state, link.actions);
    state.trace?.(`${rule.data.id}/${linkIndex}`);
    // What it adds to a score is told of as what a match adds.
    return score === 0 ? NO_VALUES : [{ link: linkIndex, label: 'SecAction', value: '', score }];
  }
  const removed = state.removedTargets.length === 0 ? NO_EXCLUSIONS : removedFrom(state, rule, link);
  let matched: MatchedTarget[] | null = null;
  for (const target of link.targets) {
    const read = target.read(state);
    if (!target.count && read.length === 0) continue;
    const pairs = kept(read, target, link, removed);
    for (let at = 0; at < pairs.length; at++) {
      const pair = pairs[at];
      if (pair === undefined || state.partial?.postpones(rule, operator, linkIndex, target, pair)) continue;
      matched = evaluateValue(state, rule, linkIndex, link, operator, target, pair, matched);
    }
  }
  return matched;
}

const NO_VALUES: readonly MatchedTarget[] = [];

/** What ctl has taken from a rule's targets. Most of it is from others, which is seen without a list. */
function removedFrom(
  { removedTargets }: EvaluationState,
  rule: LinkedRule,
  { targets }: LinkedLink,
): readonly LinkedExclusion[] {
  let removed: LinkedExclusion[] | null = null;
  for (let at = 0; at < removedTargets.length; at++) {
    const entry = removedTargets[at];
    if (entry === undefined || !reads(targets, entry.exclusion.variable) || !entry.rules.has(rule)) continue;
    removed ??= [];
    removed.push(entry.exclusion);
  }
  return removed ?? NO_EXCLUSIONS;
}

function reads(targets: readonly LinkedTarget[], variable: string): boolean {
  for (let at = 0; at < targets.length; at++) if (targets[at]?.variable === variable) return true;
  return false;
}

const NO_EXCLUSIONS: readonly LinkedExclusion[] = [];

/** The values of a target, without those that are excluded; or their number. */
function kept(
  pairs: readonly Pair[],
  target: LinkedTarget,
  link: LinkedLink,
  removed: readonly LinkedExclusion[],
): readonly Pair[] {
  let left = pairs;
  if (link.exclusions.length > 0) left = without(left, target, link.exclusions);
  if (removed.length > 0) left = without(left, target, removed);
  return target.count ? counted(left.length) : left;
}

/** Numbers of values, as scalars: small ones are asked for by each request. */
const COUNTS: readonly (readonly Pair[])[] = Array.from({ length: 16 }, (_, count) => scalar(String(count)));

const counted = (count: number): readonly Pair[] => COUNTS[count] ?? scalar(String(count));

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

/** Asks about one value. Returns `before` with what matched, which is null where nothing did. */
function evaluateValue(
  state: EvaluationState,
  rule: LinkedRule,
  linkIndex: number,
  link: LinkedLink,
  operator: LinkedOperator,
  target: LinkedTarget,
  pair: Pair,
  before: MatchedTarget[] | null,
): MatchedTarget[] | null {
  const gated = rule.gate >= 0 && operator.slot >= 0 && state.scans !== null;
  const answers =
    target.isAnswered && state.scans !== null && link.nodes.length === 1 ? operator.answers : null;
  const known = answers?.find(pair.value);
  if (known === null) return before;
  let matched = before;
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
    const captures = known ?? ask(state, operator, link.capture, value);
    if (known === undefined) answers?.add(pair.value, captures);
    if (captures === null) continue;
    if (state.partial?.isChance(rule, operator, operator.expand(state), target, pair, value)) continue;
    if (!operator.negated) operator.instance.tell?.(state, value, operator.expand(state));
    const label = target.count ? `&${target.variable}` : labelOf(target.variable, pair);
    const own = onMatch(state, rule, linkIndex, link, captures, label, value);
    if (matched === null) matched = [own];
    else matched.push(own);
  }
  return matched;
}

/** The operator's answer with its negation. Captures are taken only where the rule keeps them. */
function ask(
  state: EvaluationState,
  { instance, negated, expand }: LinkedOperator,
  captures: boolean,
  value: string,
): Captures | null {
  const argument = expand(state);
  if (captures && !negated) return instance.match(value, argument);
  const found = instance.test?.(value, argument) ?? instance.match(value, argument) !== null;
  return found === negated ? null : NO_CAPTURES;
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
  state.matchedVars.push({ label, value });
  if (link.capture && captures.length > 0) state.tx.setCaptures(captures);
  const score = applyActions(state, link.actions);
  state.trace?.(`${rule.data.id}/${linkIndex} ${label} ${JSON.stringify(value)} +${score}`);
  return { link: linkIndex, label, value, score };
}
