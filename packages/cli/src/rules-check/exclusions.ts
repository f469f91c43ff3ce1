/** Exclusions that do nothing, that take a rule of the same files away, or that leave nothing to block with. */
import { type RuleCheck, ruleSelector } from '@sluice/engine';
import { isUnconditional, type Rule } from './conditions.ts';
import { directiveMentions, type Mention, ruleMentions } from './mentions.ts';
import type { Warning } from './warning.ts';

/** Rules that turn the anomaly score into a verdict: 949110 and 959100 at the end, 949111 and 959101 early (CRS 4). */
const BLOCKING: readonly number[] = [949110, 949111, 959100, 959101];
/** Ids that the CRS has for itself; without it nothing can be said of them. */
const CRS_FIRST = 900_000;
const CRS_LAST = 999_999;

export function exclusionWarnings(check: RuleCheck): readonly Warning[] {
  const known = [...(check.base?.items ?? []).filter((item) => item.kind === 'rule'), ...check.rules];
  const mentions = [
    ...check.document.directives.flatMap(directiveMentions),
    ...check.rules.flatMap(ruleMentions),
  ];
  return [
    ...mentions.flatMap((mention) => deadParts(mention, known, check.base !== null)),
    ...mentions.filter((mention) => stopsBlocking(mention, known)).map(blockingOff),
    ...removedRules(mentions, check.rules),
    ...engineOff(check),
  ];
}

/** The parts of an exclusion that name no rule. Patterns and ids of the CRS are looked up only where it is there. */
function deadParts(
  { by, what, position }: Mention,
  known: readonly Rule[],
  hasBase: boolean,
): readonly Warning[] {
  const warn = (message: string): Warning => ({
    kind: 'dead-exclusion',
    position,
    message,
    remedy: hasBase
      ? 'Correct it or remove it: it does nothing.'
      : 'Correct it or remove it; if the rule is in the CRS, check with --crs.',
  });
  if (by.kind !== 'id') {
    if (!hasBase || known.some(ruleSelector(by))) return [];
    return [warn(`${what} "${by.pattern}" speaks of no rule`)];
  }
  return by.ranges.flatMap(([first, last]) => {
    if (!hasBase && last >= CRS_FIRST && first <= CRS_LAST) return [];
    if (known.some(({ id }) => id >= first && id <= last)) return [];
    return [warn(`${what}: there is no rule ${first === last ? first : `from ${first} to ${last}`}`)];
  });
}

function stopsBlocking({ by, always, effect }: Mention, known: readonly Rule[]): boolean {
  if (!always || effect === 'changes') return false;
  if (by.kind === 'id')
    return by.ranges.some(([first, last]) => BLOCKING.some((id) => id >= first && id <= last));
  return known.filter(({ id }) => BLOCKING.includes(id)).some(ruleSelector(by));
}

const blockingOff = ({ what, position }: Mention): Warning => ({
  kind: 'blocking-off',
  position,
  message: `${what} takes away a rule that denies by score (${BLOCKING.join(', ')}): nothing is blocked any more`,
  remedy: 'Exclude single rules or targets; to let all pass and log it, give the policy the mode Detect.',
});

function removedRules(mentions: readonly Mention[], rules: readonly Rule[]): readonly Warning[] {
  const removals = mentions
    .filter(({ effect, rule }) => effect === 'removes' && rule === null)
    .map((mention) => ({ mention, selects: ruleSelector(mention.by) }));
  return rules.flatMap((rule): readonly Warning[] => {
    const removal = removals.find(({ selects }) => selects(rule));
    if (removal === undefined) return [];
    const { what, position } = removal.mention;
    return [
      {
        kind: 'removed',
        position: rule.position,
        message: `rule ${rule.id} never runs: ${what} at ${position.file}:${position.line} removes it`,
        remedy: 'Delete the rule, or the directive that removes it.',
      },
    ];
  });
}

/** The engine switched off: by a directive, or by an action that each request meets. */
function engineOff({ document, rules }: RuleCheck): readonly Warning[] {
  const remedy = "Leave the engine to the policy's mode; give the action a condition.";
  const directives = document.directives.flatMap((node): readonly Warning[] => {
    if (node.kind !== 'setting' || node.name !== 'SecRuleEngine') return [];
    const [value = ''] = node.values;
    if (value === 'On') return [];
    const message = `SecRuleEngine ${value}: ${value === 'Off' ? 'no rule runs' : 'nothing is blocked'}`;
    return [{ kind: 'blocking-off', position: node.position, message, remedy }];
  });
  const actions = rules.filter(isUnconditional).flatMap((rule) =>
    rule.links.flatMap((link) =>
      link.actions.flatMap((action): readonly Warning[] => {
        if (action.kind !== 'ctl' || action.ctl.option !== 'ruleEngine' || action.ctl.value === 'On')
          return [];
        const message = `rule ${rule.id}: ctl:ruleEngine=${action.ctl.value} holds for each request`;
        return [{ kind: 'blocking-off', position: link.position, message, remedy }];
      }),
    ),
  );
  return [...directives, ...actions];
}
