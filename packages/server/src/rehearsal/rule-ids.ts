import type { RuleSetGeneration } from '../rule-sets.ts';

/** Ids of the rules of all units, in order, each once. */
export function ruleIds({ units }: Pick<RuleSetGeneration, 'units'>): readonly number[] {
  const ids = new Set<number>();
  for (const { program } of units)
    for (const item of program.items) if (item.kind === 'rule') ids.add(item.id);
  return [...ids].sort((a, b) => a - b);
}
