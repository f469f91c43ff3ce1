/**
 * SecRuleRemove…, SecRuleUpdateTarget… and SecRuleUpdateActionById. They hold for all rules of their program, wherever they
 * stand; removals and target updates are kept besides, for the base that an overlay's program is put on.
 */
import { EngineError } from '../errors.ts';
import type { ActionUpdateNode, RuleRemovalNode, RuleSelection, TargetUpdateNode } from '../language/ast.ts';
import type { Amendments, CompiledMarker, CompiledRule, Selection } from '../rule-set/program.ts';
import { gatherActions } from './actions.ts';
import { compileTargets } from './targets.ts';

type AmendmentNode = RuleRemovalNode | TargetUpdateNode | ActionUpdateNode;
export type AmendmentList = AmendmentNode[];
type Items = readonly (CompiledRule | CompiledMarker)[];

export function collectAmendment(list: AmendmentList, node: AmendmentNode): void {
  list.push(node);
}

export function amend(
  items: Items,
  nodes: readonly AmendmentNode[],
): { readonly items: (CompiledRule | CompiledMarker)[]; readonly amendments: Amendments } {
  const actionUpdates = nodes.filter((node) => node.kind === 'updateActions');
  const updated = items.map((item) =>
    item.kind === 'rule' ? actionUpdates.reduce((rule, node) => updateActions(rule, node), item) : item,
  );
  const amendments: Amendments = {
    removals: nodes.filter((node) => node.kind === 'removeRules').map((node) => selection(node.by)),
    targetUpdates: nodes
      .filter((node) => node.kind === 'updateTargets')
      .map((node) => ({ by: selection(node.by), ...compileTargets(node.targets) })),
  };
  return { items: applyAmendments(updated, amendments), amendments };
}

/** Removes and updates the rules that the amendments speak of. */
export function applyAmendments(items: Items, amendments: Amendments): (CompiledRule | CompiledMarker)[] {
  const kept = items.filter(
    (item) => item.kind === 'marker' || !amendments.removals.some((by) => selects(by, item)),
  );
  return kept.map((item) => {
    if (item.kind === 'marker') return item;
    const updates = amendments.targetUpdates.filter((update) => selects(update.by, item));
    const [head, ...rest] = item.links;
    if (updates.length === 0 || head === undefined) return item;
    const link = {
      ...head,
      targets: [...head.targets, ...updates.flatMap((update) => update.targets)],
      exclusions: [...head.exclusions, ...updates.flatMap((update) => update.exclusions)],
    };
    return { ...item, links: [link, ...rest] };
  });
}

/** Whether a selection names a rule: ids by range, tags and messages by a pattern searched in them. */
export function selects(by: Selection, rule: CompiledRule): boolean {
  if (by.kind === 'id') return by.ranges.some(([first, last]) => rule.id >= first && rule.id <= last);
  const texts = by.kind === 'tag' ? rule.tags : [macroText(rule)];
  const pattern = searchPattern(by.pattern);
  return texts.some((text) => pattern.test(text));
}

/** A rule's message with its macros as written, for selections by message. */
const macroText = (rule: CompiledRule): string =>
  (rule.msg ?? [])
    .map((part) =>
      typeof part === 'string' ? part : `%{${part.variable}${part.key === null ? '' : `.${part.key}`}}`,
    )
    .join('');

/**
 * Patterns of removals come from rule files, not from requests, and run when rules are loaded: V8's regular
 * expressions serve. What V8 does not take is searched as literal text.
 */
function searchPattern(pattern: string): { test(text: string): boolean } {
  try {
    return new RegExp(pattern, 's');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { test: (text) => text.includes(pattern) };
  }
}

const selection = (by: RuleSelection): Selection => by;

function updateActions(rule: CompiledRule, node: ActionUpdateNode): CompiledRule {
  if (rule.id !== node.id) return rule;
  const gathered = gatherActions(node.actions);
  if (gathered.id !== null || gathered.phase !== null || gathered.chain) {
    throw new EngineError(
      'SECLANG_BAD_ARGUMENT',
      { what: 'SecRuleUpdateActionById', reason: 'id, phase and chain cannot be changed' },
      { position: node.position },
    );
  }
  const status = gathered.status ?? ('status' in rule.disruption ? rule.disruption.status : 403);
  const name = gathered.disruptive?.name;
  const links = rule.links.map((link, index) =>
    index !== node.link
      ? link
      : {
          ...link,
          transformations: gathered.resetsTransformations
            ? gathered.transformations
            : [...link.transformations, ...gathered.transformations],
          capture: link.capture || gathered.capture,
          multiMatch: link.multiMatch || gathered.multiMatch,
          actions: [...link.actions, ...gathered.actions],
        },
  );
  return {
    ...rule,
    links,
    disruption:
      name === 'pass'
        ? { kind: 'pass' }
        : name === 'deny' || name === 'drop'
          ? { kind: name, status }
          : rule.disruption,
    msg: gathered.msg ?? rule.msg,
    logdata: gathered.logdata ?? rule.logdata,
    severity: gathered.severity ?? rule.severity,
    tags: [...rule.tags, ...gathered.tags],
    log: gathered.logFlags.includes('nolog') ? false : rule.log || gathered.logFlags.includes('log'),
    auditLog: gathered.logFlags.some((flag) => flag === 'nolog' || flag === 'noauditlog')
      ? false
      : rule.auditLog || gathered.logFlags.length > 0,
  };
}
