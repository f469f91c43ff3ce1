/**
 * What RuleSets of namespaces make of other people's rules, told by comparing the rules that are in force without them with those
 * that are in force with them. However it was brought about, by id, tag, message or a pattern, and in whatever order the directives
 * work: what has changed is what was reached.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RuleDocument } from '@sluice/engine';
import type { CompiledLink, CompiledRule, DirectiveNode } from '@sluice/engine/anatomy';
import { mayChange, type ReviewContext, untouchable } from './context.ts';

export interface Weakened {
  readonly rule: CompiledRule;
  readonly isGone: boolean;
}

/** Rules of others that are gone, or weaker than they were. */
export function weakenedRules(
  before: readonly CompiledRule[],
  after: readonly CompiledRule[],
): readonly Weakened[] {
  const now = new Map(after.map((rule) => [rule.id, rule]));
  return before.flatMap((rule): readonly Weakened[] => {
    const changed = now.get(rule.id);
    if (changed === undefined) return [{ rule, isGone: true }];
    return changed === rule || isStricter(rule, changed) ? [] : [{ rule, isGone: false }];
  });
}

/** Refuses what the namespace may not change, at the directive that did it. */
export function reviewChanges(
  context: ReviewContext,
  documents: readonly RuleDocument[],
  after: readonly CompiledRule[],
): void {
  const changes = weakenedRules(context.around.rules, after).filter(
    ({ rule }) => !mayChange(context, rule.id),
  );
  if (changes.length === 0) return;
  const byNode = new Map<DirectiveNode | null, { removed: number[]; changed: number[] }>();
  for (const { rule, isGone } of changes) {
    const node = culprit(context, documents, rule);
    const ids = byNode.get(node) ?? { removed: [], changed: [] };
    (isGone ? ids.removed : ids.changed).push(rule.id);
    byNode.set(node, ids);
  }
  for (const [node, { removed, changed }] of byNode) {
    for (const [does, ids] of [
      ['this removes', removed],
      ['this changes', changed],
    ] as const) {
      if (ids.length === 0) continue;
      const refused = untouchable(context, does, ids);
      if (node === null) context.findings.refuseField('spec', refused);
      else context.findings.refuse(node.position, refused);
    }
  }
}

/** The directive that speaks of a rule; null where several have to come together for it. */
function culprit(
  { selector }: ReviewContext,
  documents: readonly RuleDocument[],
  rule: CompiledRule,
): DirectiveNode | null {
  for (const { directives } of documents) {
    for (const node of directives) {
      if (node.kind === 'updateActions' && node.id === rule.id) return node;
      if (node.kind !== 'removeRules' && node.kind !== 'updateTargets') continue;
      if (selector.select(node.by, [rule]).length > 0) return node;
    }
  }
  return null;
}

/** Adds to scores, and nothing else: a rule that does so may match more often, and never does harm by it. */
const raisesScoresOnly = ({ actions }: CompiledLink): boolean =>
  actions.every(
    (action) =>
      action.kind === 'sanitise' ||
      (action.kind === 'setvar' &&
        action.setvar.collection === 'TX' &&
        action.setvar.operation === 'add' &&
        action.setvar.name.every((part) => typeof part === 'string' && /_score(?:_pl[1-4])?$/i.test(part))),
  );

/**
 * A rule that only finds: one link, nothing that is skipped, allowed, switched or kept. A chain is none: what its head matches
 * last is what its links look at, so that one more target can hide another.
 */
function isAlarm(rule: CompiledRule): boolean {
  const [link, ...others] = rule.links;
  if (link === undefined || others.length > 0 || link.operator === null) return false;
  return (
    rule.skipAfter === null && rule.skip === 0 && rule.disruption.kind !== 'allow' && raisesScoresOnly(link)
  );
}

const DENIALS: readonly string[] = ['deny', 'drop', 'redirect'];

/** Whether all that a rule found before it finds now, and does as much about it: further targets, denial, further actions. */
function isStricter(before: CompiledRule, after: CompiledRule): boolean {
  if (isDeepStrictEqual(before, after)) return true;
  const [was] = before.links;
  const [is] = after.links;
  if (was === undefined || is === undefined || !isAlarm(before)) return false;
  const denies =
    isDeepStrictEqual(before.disruption, after.disruption) || DENIALS.includes(after.disruption.kind);
  const logs = (after.log || !before.log) && (after.auditLog || !before.auditLog);
  // Actions behind it are the namespace's own, and reviewed as such.
  const links = [
    {
      ...is,
      targets: is.targets.slice(0, was.targets.length),
      actions: is.actions.slice(0, was.actions.length),
    },
  ];
  const same = { ...after, links, disruption: before.disruption, log: before.log, auditLog: before.auditLog };
  return denies && logs && isDeepStrictEqual(before, same);
}
