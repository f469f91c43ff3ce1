/** Two sets of rule files, rule by rule, without running them. */
import { makeRuleFiles, parseFiles, printDirective } from '@sluice/engine';

export interface RuleChanges {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** In both, and not the same text: operators, targets, actions, or those of the rules chained to it. */
  readonly changed: readonly number[];
}

export function compareRules(before: readonly string[], after: readonly string[]): RuleChanges {
  const [old, fresh] = [rulesOf(before), rulesOf(after)];
  const ids = (from: ReadonlyMap<number, string>): readonly number[] =>
    [...from.keys()].sort((a, b) => a - b);
  return {
    added: ids(fresh).filter((id) => !old.has(id)),
    removed: ids(old).filter((id) => !fresh.has(id)),
    changed: ids(fresh).filter((id) => old.has(id) && old.get(id) !== fresh.get(id)),
  };
}

/** Texts of rules with what is chained to them, by id. The version of the CRS stands in each and is no difference. */
function rulesOf(paths: readonly string[]): ReadonlyMap<number, string> {
  const rules = new Map<number, string>();
  let last = 0;
  for (const node of parseFiles(paths, makeRuleFiles()).directives) {
    if (node.kind !== 'rule') continue;
    const id = node.actions.find(({ name }) => name === 'id')?.argument;
    if (id !== undefined && id !== null) last = Number(id);
    const actions = node.actions.filter(({ name }) => name !== 'ver');
    rules.set(last, `${rules.get(last) ?? ''}${printDirective({ ...node, actions })}\n`);
  }
  return rules;
}
