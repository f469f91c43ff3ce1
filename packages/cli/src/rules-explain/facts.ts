/** Facts about a rule, drawn from its fields and from the rules around it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type DirectiveNode,
  type ExplainedDecision,
  explainDecision,
  type RuleDocument,
  type RuleSet,
  ruleSelector,
} from '@sluice/engine';
import type { Rule } from '../rules-check/conditions.ts';
import { directiveMentions, type Mention, ruleMentions } from '../rules-check/mentions.ts';
import { RulesExplainError } from './errors.ts';

export interface RuleFacts {
  readonly rule: Rule;
  readonly paranoia: number | null;
  /** The lines of the rule's file from its head to the end of its chain. Latin1. */
  readonly source: string;
  readonly scores: readonly ScoreFact[];
  readonly decision: ExplainedDecision;
  /** Rules of the same phase before it that can jump over it. */
  readonly skippedBy: readonly { readonly rule: Rule; readonly marker: string | null }[];
  /** Directives and ctl actions of others that remove or change it. */
  readonly changedBy: readonly Mention[];
  readonly tests: { readonly file: string; readonly count: number } | null;
}

/** What a match adds to an anomaly score. */
export interface ScoreFact {
  readonly variable: string;
  /** `%{tx.critical_anomaly_score}`, or a number. */
  readonly text: string;
  /** What that is by the set-up's default; null where nothing says it. */
  readonly value: number | null;
}

const NEAREST_MAX = 5;

/** @throws RulesExplainError UNKNOWN_RULE with the nearest ids */
export function gatherFacts(ruleSet: RuleSet, document: RuleDocument, id: number): RuleFacts {
  const linked = ruleSet.rules.find(({ data }) => data.id === id);
  const decision = explainDecision(ruleSet, id);
  if (linked === undefined || decision === null) {
    throw new RulesExplainError('UNKNOWN_RULE', { id: String(id), nearest: nearestIds(ruleSet, id) });
  }
  const { data, paranoia } = linked;
  return {
    rule: data,
    paranoia,
    source: sourceOf(data),
    scores: scoresOf(data, ruleSet),
    decision,
    skippedBy: skippersOf(ruleSet, data),
    changedBy: changesOf(ruleSet, document.directives, data),
    tests: testsOf(data),
  };
}

function nearestIds(ruleSet: RuleSet, id: number): string {
  const ids = ruleSet.rules.map(({ data }) => data.id).sort((a, b) => Math.abs(a - id) - Math.abs(b - id));
  return ids.slice(0, NEAREST_MAX).join(', ');
}

/** From the head's first line to the last line of the last link, as they stand. */
function sourceOf({ position, links }: Rule): string {
  const lines = readFileSync(position.file, 'latin1').split('\n');
  let last = position.line - 1;
  for (const link of links) {
    last = Math.max(last, link.position.line - 1);
    while (/\\\s*$/.test(lines[last] ?? '')) last++;
  }
  return lines.slice(position.line - 1, last + 1).join('\n');
}

const SCORE = /^(?:in|out)bound_anomaly_score_pl[1-4]$/i;

function scoresOf({ links }: Rule, ruleSet: RuleSet): readonly ScoreFact[] {
  return links
    .flatMap(({ actions }) => actions)
    .flatMap((action): readonly ScoreFact[] => {
      if (action.kind !== 'setvar') return [];
      const variable = macroText(action.setvar.name);
      if (action.setvar.operation !== 'add' || !SCORE.test(variable)) return [];
      const text = macroText(action.setvar.value);
      const [part] = action.setvar.value;
      const value = typeof part === 'object' ? defaultOf(ruleSet, part.key ?? '') : Number.parseInt(text, 10);
      return [
        { variable: `tx.${variable}`, text, value: value === null || Number.isNaN(value) ? null : value },
      ];
    });
}

/** The number that the set-up gives a variable of TX where nobody has given it another. */
function defaultOf(ruleSet: RuleSet, name: string): number | null {
  for (const { data } of ruleSet.rules) {
    for (const action of data.links.flatMap(({ actions }) => actions)) {
      if (action.kind !== 'setvar' || action.setvar.operation !== 'set') continue;
      if (macroText(action.setvar.name).toLowerCase() !== name.toLowerCase()) continue;
      const value = Number.parseInt(macroText(action.setvar.value), 10);
      if (!Number.isNaN(value)) return value;
    }
  }
  return null;
}

type Macro = NonNullable<Rule['msg']>;

/** A macro as it is written. */
export const macroText = (macro: Macro): string =>
  macro
    .map((part) =>
      typeof part === 'string' ? part : `%{${part.variable}${part.key === null ? '' : `.${part.key}`}}`,
    )
    .join('');

function skippersOf(ruleSet: RuleSet, rule: Rule): RuleFacts['skippedBy'] {
  const items = ruleSet.phases[rule.phase]?.items ?? [];
  const at = items.findIndex((item) => item.kind === 'rule' && item.data.id === rule.id);
  return items.slice(0, at).flatMap((item, index): RuleFacts['skippedBy'] => {
    if (item.kind !== 'rule') return [];
    const { skipAfter, skip } = item.data;
    const marker = items.findIndex(
      (other, there) => there > index && other.kind === 'marker' && other.name === skipAfter,
    );
    if (skipAfter !== null && marker > at) return [{ rule: item.data, marker: skipAfter }];
    const between = items.slice(index + 1, at).filter(({ kind }) => kind === 'rule').length;
    return skip > between ? [{ rule: item.data, marker: null }] : [];
  });
}

function changesOf(ruleSet: RuleSet, directives: readonly DirectiveNode[], rule: Rule): readonly Mention[] {
  const mentions = [
    ...directives.flatMap(directiveMentions),
    ...ruleSet.rules.flatMap(({ data }) => ruleMentions(data)),
  ];
  return mentions.filter(({ by }) => ruleSelector(by)(rule));
}

/** The CRS keeps the tests of a rule in a file of its id, in a folder of the name of its rule file. */
function testsOf({ id, position }: Rule): RuleFacts['tests'] {
  const folder = basename(position.file, '.conf');
  const root = dirname(dirname(position.file));
  const candidates = [
    join(dirname(root), 'tests', folder, `${id}.yaml`),
    join(root, 'tests/regression/tests', folder, `${id}.yaml`),
  ];
  const file = candidates.find((path) => existsSync(path));
  if (file === undefined) return null;
  const count = readFileSync(file, 'utf8').match(/^\s*-?\s*test_id:/gm)?.length ?? 0;
  return { file, count };
}
