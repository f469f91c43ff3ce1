/** Rules that ask the same of the same: targets, transformations, operators and phase are equal, link by link. */
import type { RuleProgram } from '@sluice/engine';
import type { Rule } from './conditions.ts';
import type { Warning } from './warning.ts';

export function duplicateRules(program: RuleProgram, base: RuleProgram | null): readonly Warning[] {
  const first = new Map<string, Rule>();
  for (const rule of rulesOf(base).filter(asks)) first.set(questionOf(rule), rule);
  return rulesOf(program).flatMap((rule): readonly Warning[] => {
    if (!asks(rule)) return [];
    const question = questionOf(rule);
    const earlier = first.get(question);
    if (earlier === undefined) {
      first.set(question, rule);
      return [];
    }
    const { file, line } = earlier.position;
    return [
      {
        kind: 'duplicate',
        position: rule.position,
        message: `rule ${rule.id} asks the same as rule ${earlier.id} at ${file}:${line}`,
        remedy: 'Put the actions of both into one rule.',
      },
    ];
  });
}

/** Actions have no question, and jumps from several places may have the same. */
const asks = ({ links, skipAfter, skip }: Rule): boolean =>
  skipAfter === null && skip === 0 && links.some(({ operator }) => operator !== null);

const rulesOf = (program: RuleProgram | null): readonly Rule[] =>
  (program?.items ?? []).filter((item) => item.kind === 'rule');

const questionOf = ({ phase, links }: Rule): string =>
  JSON.stringify([
    phase,
    links.map(({ targets, exclusions, operator, transformations, multiMatch }) => [
      targets,
      exclusions,
      operator === null ? null : [operator.name, operator.negated, operator.text, operator.lines],
      transformations,
      multiMatch,
    ]),
  ]);
