/** Which rules nobody in a namespace may remove or change, whatever their cluster allows, and which theirs allows. */
import { POLICY_RULE_IDS } from '@sluice/engine';

type Range = readonly [first: number, last: number];

/**
 * Rules that decide what all others are worth. Removing or changing one of them weakens every rule at once:
 * body processors (Sluice's set-up), the CRS's settings and their defaults (900, 901), what turns scores into denials (949, 959)
 * and into reports (980), and a policy's own data.
 */
export const PROTECTED_RULES: readonly Range[] = [
  [599_000, 599_999],
  [900_000, 901_999],
  [949_000, 949_999],
  [959_000, 959_999],
  [980_000, 980_999],
  [POLICY_RULE_IDS.first, POLICY_RULE_IDS.last],
];

/** Ids that rules of namespaces may not have: the CRS's and its plugins', Sluice's set-up, and policies' own. */
export const RESERVED_IDS: readonly Range[] = [
  [599_000, 599_999],
  [900_000, 999_999],
  [9_500_000, 9_999_999],
  [POLICY_RULE_IDS.first, POLICY_RULE_IDS.last],
];

/** Ids that no rule file may have. */
export const POLICY_IDS: readonly Range[] = [[POLICY_RULE_IDS.first, POLICY_RULE_IDS.last]];

export const within = (id: number, ranges: readonly Range[]): boolean =>
  ranges.some(([first, last]) => id >= first && id <= last);

export const isProtectedRule = (id: number): boolean => within(id, PROTECTED_RULES);

/** The first protected rule that a range names, or null. */
export const protectedIn = (first: number, last: number): Range | null =>
  PROTECTED_RULES.find((range) => range[0] <= last && range[1] >= first) ?? null;

const RANGE = /^(\d{1,15})(?:-(\d{1,15}))?$/;

/**
 * Whether `allow.exclusions` covers a rule. `*` covers all that are not protected, and protected ones are covered by nothing.
 * What is neither an id nor a range covers nothing.
 */
export function coversRule(exclusions: readonly (number | string)[] | undefined, id: number): boolean {
  if (isProtectedRule(id)) return false;
  return (exclusions ?? []).some((entry) => {
    if (entry === '*') return true;
    const match = RANGE.exec(String(entry));
    if (match === null) return false;
    const first = Number(match[1]);
    return id >= first && id <= Number(match[2] ?? first);
  });
}
