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

/** What was inspected by a rule set while it was timed (`timeRules`). */
export interface TimedRequests {
  readonly requests: number;
  /** Of all their phases. */
  readonly micros: number;
}

/** A request counts where its first phase was timed. */
export function timedRequests({ phases }: RuleSet): TimedRequests {
  const micros = phases.reduce((sum, { costs }) => sum + costs.timed.micros, 0);
  return { requests: phases[1]?.costs.timed.runs ?? 0, micros };
}

/** Begins to count anew. */
export function clearRuleCosts({ phases }: RuleSet): void {
  for (const { costs } of phases) costs.clear();
}
