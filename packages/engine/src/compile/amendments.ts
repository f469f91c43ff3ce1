/**
 * SecRuleRemove…, SecRuleUpdateTarget… and SecRuleUpdateActionById. They hold for all rules of their program, wherever they
 * stand, and are kept besides, for the other programs of a rule set: an overlay's for its base.
 */
import { asciiLower } from '../bytes.ts';
import type { ActionUpdateNode, RuleRemovalNode, RuleSelection, TargetUpdateNode } from '../language/ast.ts';
import { printMacro } from '../language/macro.ts';
import type { Regex } from '../operators/operator.ts';
import type {
  Amendments,
  CompiledMarker,
  CompiledRule,
  CompiledTarget,
  Selection,
} from '../rule-set/program.ts';
import { compileActionUpdate, updateActions } from './action-updates.ts';
import { atPosition, checkSelectors } from './checks.ts';
import { compileTarget, compileTargets } from './targets.ts';

type AmendmentNode = RuleRemovalNode | TargetUpdateNode | ActionUpdateNode;
export type AmendmentList = AmendmentNode[];
type Items = readonly (CompiledRule | CompiledMarker)[];
type CompileRegex = (pattern: string) => Regex;

export function collectAmendment(list: AmendmentList, node: AmendmentNode): void {
  list.push(node);
}

export function amend(
  items: Items,
  nodes: readonly AmendmentNode[],
  compileRegex: CompileRegex,
): { readonly items: (CompiledRule | CompiledMarker)[]; readonly amendments: Amendments } {
  for (const node of nodes) if (node.kind !== 'updateActions') checkSelection(node, compileRegex);
  const amendments: Amendments = {
    removals: nodes.filter((node) => node.kind === 'removeRules').map((node) => selection(node.by)),
    targetUpdates: nodes
      .filter((node) => node.kind === 'updateTargets')
      .map((node) => ({
        by: selection(node.by),
        ...compileTargets(node.targets),
        ...(node.replaced === undefined ? {} : { replaced: compileTarget(node.replaced) }),
      })),
    actionUpdates: nodes
      .filter((node) => node.kind === 'updateActions')
      .map((node) => compileActionUpdate(node, compileRegex)),
  };
  return { items: applyAmendments(items, amendments, compileRegex), amendments };
}

/** A pattern that is none fails where it stands, and not when a rule set is put together. */
function checkSelection(node: RuleRemovalNode | TargetUpdateNode, compileRegex: CompileRegex): void {
  atPosition(node.position, () => selector(node.by, compileRegex));
  if (node.kind === 'updateTargets') checkSelectors(node.targets, compileRegex);
}

/** Removes and updates the rules that the amendments speak of. */
export function applyAmendments(
  items: Items,
  amendments: Amendments,
  compileRegex: CompileRegex,
): (CompiledRule | CompiledMarker)[] {
  const removals = amendments.removals.map((by) => selector(by, compileRegex));
  const targetUpdates = amendments.targetUpdates.map((update) => ({
    ...update,
    selects: selector(update.by, compileRegex),
  }));
  return items.flatMap((item): readonly (CompiledRule | CompiledMarker)[] => {
    if (item.kind === 'marker') return [item];
    if (removals.some((selects) => selects(item))) return [];
    // Selections speak of the rule as it was written: an update does not change which others hold for it.
    const updates = targetUpdates.filter(({ selects }) => selects(item));
    const rule = amendments.actionUpdates.reduce(updateActions, item);
    const [head, ...rest] = rule.links;
    if (updates.length === 0 || head === undefined) return [rule];
    const link = {
      ...head,
      targets: updates.reduce(updatedTargets, head.targets),
      exclusions: [...head.exclusions, ...updates.flatMap((update) => update.exclusions)],
    };
    return [{ ...rule, links: [link, ...rest] }];
  });
}

/** A rule's targets with those of an update: behind them, or where the one stood that they replace. */
function updatedTargets(
  targets: readonly CompiledTarget[],
  update: Amendments['targetUpdates'][number],
): readonly CompiledTarget[] {
  const { replaced } = update;
  if (replaced === undefined) return [...targets, ...update.targets];
  return targets.flatMap((target) => (isSameTarget(target, replaced) ? update.targets : [target]));
}

/** Keys compare as collections compare them; patterns as they are written. */
function isSameTarget(one: CompiledTarget, other: CompiledTarget): boolean {
  if (one.variable !== other.variable || one.count !== other.count) return false;
  const texts = [one, other].map(({ selector }) => {
    if (selector === null) return '';
    return selector.kind === 'key' ? `:${asciiLower(selector.key)}` : `/${selector.pattern}`;
  });
  return texts[0] === texts[1];
}

/** Whether a selection names a rule: ids by range, tags and messages by a pattern searched in them. */
export function selector(by: Selection, compileRegex: CompileRegex): (rule: CompiledRule) => boolean {
  if (by.kind === 'id') {
    return (rule) => by.ranges.some(([first, last]) => rule.id >= first && rule.id <= last);
  }
  const pattern = compileRegex(by.pattern);
  return by.kind === 'tag'
    ? (rule) => rule.tags.some((tag) => pattern.test(tag))
    : (rule) => pattern.test(macroText(rule));
}

/** A rule's message with its macros as written, for selections by message. */
const macroText = (rule: CompiledRule): string => (rule.msg === null ? '' : printMacro(rule.msg));

const selection = (by: RuleSelection): Selection => by;
