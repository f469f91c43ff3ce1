/** Ids of rules as labels of a metric: a bounded number of them, however many rules there are. */

/** The rest is counted together. */
export const RULE_LABELS_MAX = 200;
export const OTHER_RULES = 'other';

export class RuleLabels {
  readonly #known = new Map<number, string>();

  /** The first so many rules that match have labels of their own, for as long as the process lives: a counter must not change its meaning. */
  labelOf(ruleId: number): string {
    const known = this.#known.get(ruleId);
    if (known !== undefined) return known;
    if (this.#known.size >= RULE_LABELS_MAX) return OTHER_RULES;
    const label = String(ruleId);
    this.#known.set(ruleId, label);
    return label;
  }
}
