/**
 * SecRuleUpdateActionById: what a rule can have once is replaced, what it can have many times is added (ModSecurity
 * reference manual).
 */
import { EngineError } from '../errors.ts';
import type { ActionUpdateNode } from '../language/ast.ts';
import type { Regex } from '../operators/operator.ts';
import type { ActionUpdate, CompiledLink, CompiledRule } from '../rule-set/program.ts';
import { gatherActions } from './actions.ts';
import { checkPatterns } from './checks.ts';
import { disruptionOf, statusOf, withStatus } from './disruption.ts';
import { applyLogFlags } from './log-flags.ts';

export function compileActionUpdate(
  node: ActionUpdateNode,
  compileRegex: (pattern: string) => Regex,
): ActionUpdate {
  const { id: ownId, phase, chain, namespaces, ...said } = gatherActions(node.actions);
  const { id, link, position } = node;
  if (ownId !== null || phase !== null || chain) throw refusal(node, 'id, phase and chain cannot be changed');
  if (namespaces.size > 0) throw refusal(node, 'xmlns stands in the rule whose targets need it');
  const update = { ...said, id, link, position };
  const ofHead = said.disruptive !== null || said.status !== null || said.skipAfter !== null || said.skip > 0;
  if (link > 0 && ofHead)
    throw refusal(node, 'disruption, status and skipping belong to the first rule of a chain');
  checkPatterns(said.actions, position, compileRegex);
  return update;
}

/** The rule with an update of its id applied. */
export function updateActions(rule: CompiledRule, update: ActionUpdate): CompiledRule {
  if (rule.id !== update.id) return rule;
  if (update.link >= rule.links.length) throw refusal(update, `rule ${rule.id} has no link ${update.link}`);
  return {
    ...rule,
    links: rule.links.map((link, index) => (index === update.link ? updateLink(link, update) : link)),
    disruption: updateDisruption(rule, update),
    ...(update.skipAfter === null && update.skip === 0
      ? {}
      : { skipAfter: update.skipAfter, skip: update.skip }),
    ...applyLogFlags(rule, update.logFlags),
    msg: update.msg ?? rule.msg,
    logdata: update.logdata ?? rule.logdata,
    severity: update.severity ?? rule.severity,
    tags: [...rule.tags, ...update.tags],
    ver: update.ver ?? rule.ver,
    rev: update.rev ?? rule.rev,
    maturity: update.maturity ?? rule.maturity,
  };
}

function updateDisruption(
  rule: CompiledRule,
  { disruptive, status }: ActionUpdate,
): CompiledRule['disruption'] {
  if (disruptive === null) return withStatus(rule.disruption, status);
  if (disruptive.name === 'block') return withStatus(rule.byDefault, status);
  return disruptionOf(disruptive, status ?? statusOf(rule.disruption), rule.byDefault);
}

function updateLink(link: CompiledLink, update: ActionUpdate): CompiledLink {
  const before = update.resetsTransformations ? [] : link.transformations;
  return {
    ...link,
    transformations: [...before, ...update.transformations],
    capture: link.capture || update.capture,
    multiMatch: link.multiMatch || update.multiMatch,
    actions: [...link.actions, ...update.actions],
  };
}

const refusal = ({ position }: Pick<ActionUpdate, 'position'>, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: 'SecRuleUpdateActionById', reason }, { position });
