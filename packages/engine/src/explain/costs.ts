/** What the rules of a rule set have cost since it was made. */
import type { LinkedRule } from '../link/linked.ts';
import type { RuleSet } from '../link/rule-set.ts';
import type { RuleCost } from '../rule-costs.ts';

export interface CostOfRule extends RuleCost {
  readonly rule: LinkedRule;
}

/**
 * The costs of all rules of this set, in the order in which they run. Rules that are decided when the set is made are
 * asked nothing, and cost nothing; rules of reference evaluation are all asked.
 */
export function ruleCosts(ruleSet: RuleSet): readonly CostOfRule[] {
  return ruleSet.phases.flatMap(({ items, costs }) =>
    items.flatMap((item, place) => (item.kind === 'rule' ? [{ rule: item, ...costs.of(place) }] : [])),
  );
}

/** Begins to count anew. */
export function clearRuleCosts({ phases }: RuleSet): void {
  for (const { costs } of phases) costs.clear();
}
