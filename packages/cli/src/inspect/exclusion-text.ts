/** Exclusions as SecLang, ready to be put into a file. */
import { type DirectiveNode, printDirective } from '@sluice/engine';
import type { Exclusion } from './exclusions.ts';

type RuleNode = Extract<DirectiveNode, { kind: 'rule' }>;
type ActionNode = RuleNode['actions'][number];
type TargetNode = RuleNode['targets'][number];

const position = { file: '', line: 1, column: 1 };

/**
 * One SecRule that switches the exclusions on for requests of one path.
 *
 * @param path the decoded path, as REQUEST_FILENAME has it
 * @throws EngineError SECLANG_BAD_ARGUMENT for names that no quoting can hold
 */
export function exclusionRule(exclusions: readonly Exclusion[], path: string, id: number): string {
  const actions: readonly ActionNode[] = [
    action('id', String(id)),
    action('phase', '1'),
    action('pass', null),
    action('nolog', null),
    action('t', 'none'),
    ...exclusions.map((exclusion) => action('ctl', ctlOf(exclusion))),
  ];
  const rule: RuleNode = {
    kind: 'rule',
    targets: [targetOf('REQUEST_FILENAME', null, false)],
    operator: { name: 'streq', negated: false, argument: path, position, argumentPosition: position },
    actions,
    position,
  };
  const lines = actions.map(
    (each) => /^SecAction "(.*)"$/.exec(printDirective({ kind: 'action', actions: [each], position }))?.[1],
  );
  // One action a line, as the CRS writes them, where all of them take the same quotes.
  if (lines.some((line) => line === undefined)) return printDirective(rule);
  return `${printDirective({ ...rule, actions: [] })} \\\n    "${lines.join(',\\\n    ')}"`;
}

/** The same for every path: one directive each. */
export const updateLines = (exclusions: readonly Exclusion[]): string =>
  exclusions.map(({ ruleId, target }) => printDirective(updateOf(ruleId, target))).join('\n');

function updateOf(ruleId: number, target: Exclusion['target']): DirectiveNode {
  const by = { kind: 'id', ranges: [[ruleId, ruleId]] } as const;
  if (target === null) return { kind: 'removeRules', by, position };
  return { kind: 'updateTargets', by, targets: [targetOf(target.variable, target.key, true)], position };
}

function ctlOf({ ruleId, target }: Exclusion): string {
  if (target === null) return `ruleRemoveById=${ruleId}`;
  return `ruleRemoveTargetById=${ruleId};${printTarget(target.variable, target.key)}`;
}

/** A target as it stands in a rule: bare, or in quotes where its key needs them. */
function printTarget(variable: string, key: string | null): string {
  const targets = [targetOf(variable, key, false)];
  const text = printDirective({
    kind: 'updateTargets',
    by: { kind: 'id', ranges: [[1, 1]] },
    targets,
    position,
  });
  return text.replace(/^SecRuleUpdateTargetById 1 (?:"(.*)"|(.*))$/s, '$1$2');
}

const targetOf = (variable: string, key: string | null, exclude: boolean): TargetNode => ({
  variable,
  selector: key === null ? null : selectorOf(key),
  count: false,
  exclude,
  position,
});

/** An element of a JSON list is any element of it: the next request has it at another place. */
function selectorOf(key: string): NonNullable<TargetNode['selector']> {
  const isElement = /^json\.(?:.*\.)?\d+(?:\.|$)/s.test(key);
  if (!isElement || !/^[\w.-]+$/.test(key)) return { kind: 'key', key };
  const parts = key.split('.').map((part) => (/^\d+$/.test(part) ? '[0-9]+' : part));
  return { kind: 'regex', pattern: `^${parts.join('\\.')}$` };
}

const action = (name: string, argument: string | null): ActionNode => ({ name, argument, position });
