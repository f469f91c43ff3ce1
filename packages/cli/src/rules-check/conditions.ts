/** What is said of rules more than once. */
import type { RuleProgram } from '@sluice/engine';

export type Rule = Extract<RuleProgram['items'][number], { kind: 'rule' }>;

/** Whether a rule matches each request: a SecAction, or @unconditionalMatch, in all links. */
export const isUnconditional = ({ links }: Rule): boolean =>
  links.every(
    ({ operator }) => operator === null || (operator.name === 'unconditionalMatch' && !operator.negated),
  );
