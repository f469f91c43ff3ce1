/** A rule in words. */
import { basename } from 'node:path';
import type { Style } from '../inspect/render-value.ts';
import { visible } from '../inspect/visible.ts';
import type { Rule } from '../rules-check/conditions.ts';
import type { Mention } from '../rules-check/mentions.ts';
import { macroText, type RuleFacts } from './facts.ts';
import { OPERATORS, PHASES, TRANSFORMATIONS, VARIABLES } from './words.ts';

type Link = Rule['links'][number];
type Target = Link['targets'][number];

export const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];
const ARGUMENT_BYTES_MAX = 300;

export function renderFacts(facts: RuleFacts, style: Style): string {
  const { rule } = facts;
  const message = rule.msg === null ? '' : `  ${visible(macroText(rule.msg))}`;
  return `${[
    style.bold(`${rule.id}${message}`),
    ...summaryOf(facts),
    '',
    style.bold('What it looks for'),
    ...rule.links.flatMap((link, at) => linkLines(link, at, rule.links.length)),
    '',
    style.bold('What a match does'),
    ...effectLines(facts),
    '',
    style.bold('How it is decided'),
    ...decisionLines(facts),
    '',
    style.bold('What else decides whether it runs'),
    ...surroundingLines(facts),
    '',
    style.bold('Source'),
    style.dim(`  ${rule.position.file}:${rule.position.line}`),
    ...facts.source.split('\n').map((line) => `  ${visible(line.replaceAll('\t', '    '))}`),
  ].join('\n')}\n`;
}

function summaryOf({ rule, paranoia, tests }: RuleFacts): readonly string[] {
  const severity = rule.severity === null ? [] : [`severity ${SEVERITIES[rule.severity] ?? rule.severity}`];
  const level = paranoia === null ? [] : [`paranoia level ${paranoia}`];
  const facts = [`phase ${rule.phase} (${PHASES[rule.phase] ?? ''})`, ...level, ...severity];
  return [
    `  ${facts.join(', ')}`,
    ...(rule.tags.length === 0 ? [] : [`  tags: ${visible(rule.tags.join(', '))}`]),
    tests === null ? '  no tests of the CRS' : `  ${tests.count} tests of the CRS in ${tests.file}`,
  ];
}

function linkLines(link: Link, at: number, links: number): readonly string[] {
  const lead = links === 1 ? '' : at === 0 ? 'First: ' : 'And: ';
  if (link.operator === null) return [`  ${lead}nothing: it always matches.`];
  const { operator } = link;
  const [does, doesNot] = OPERATORS[operator.name] ?? [
    `satisfies @${operator.name}`,
    `does not satisfy @${operator.name}`,
  ];
  const argument =
    operator.text.length <= ARGUMENT_BYTES_MAX
      ? visible(operator.text)
      : `${visible(operator.text.slice(0, ARGUMENT_BYTES_MAX))}… (${operator.text.length} bytes)`;
  const words = operator.lines === null ? '' : ` (${operator.lines.length} lines)`;
  return [
    `  ${lead}where a value ${operator.negated ? doesNot : does}${argument === '' ? '' : ` ${argument}`}${words}`,
    `  in ${link.targets.map(targetWords).join('; ')}`,
    ...(link.exclusions.length === 0 ? [] : [`  but not in ${link.exclusions.map(targetWords).join('; ')}`]),
    ...transformationLines(link),
  ];
}

function targetWords({ variable, selector, count }: Target): string {
  const words = VARIABLES[variable] ?? variable;
  if (variable === 'TX' && selector?.kind === 'key' && /^\d$/.test(selector.key)) {
    return `group ${selector.key} of what was captured`;
  }
  const part =
    selector === null
      ? ''
      : selector.kind === 'key'
        ? ` named ${visible(selector.key)}`
        : ` whose names match /${visible(selector.pattern)}/`;
  const name = variable === 'XML' && selector?.kind === 'key' ? XML_PARTS[selector.key] : undefined;
  return `${count ? 'the number of ' : ''}${name ?? `${words}${part}`}`;
}

const XML_PARTS: Readonly<Record<string, string>> = {
  '/*': 'texts of an XML body',
  '//@*': 'attributes of an XML body',
};

function transformationLines({ transformations, multiMatch }: Link): readonly string[] {
  if (transformations.length === 0) return ['  as sent, nothing decoded'];
  const steps = transformations.map((name) => `    t:${name}: ${TRANSFORMATIONS[name] ?? name}`);
  const when = multiMatch ? 'asked as sent and after each of these' : 'asked after all of these';
  return [`  ${when}:`, ...steps];
}

function effectLines({ rule, scores }: RuleFacts): readonly string[] {
  const { disruption } = rule;
  const effect =
    disruption.kind === 'pass'
      ? 'It does not deny by itself.'
      : disruption.kind === 'allow'
        ? `It lets the ${disruption.scope} pass.`
        : `It answers with status ${disruption.status} (${disruption.kind}).`;
  const jump = rule.skipAfter === null ? [] : [`  It skips to the marker ${visible(rule.skipAfter)}.`];
  return [
    ...scores.map(({ variable, text, value }) => {
      const number = value === null || String(value) === text ? '' : `, ${value} by default`;
      return `  It adds ${text}${number}, to ${variable}, for each value that matches.`;
    }),
    `  ${effect}`,
    ...jump,
    `  ${rule.log ? 'It is logged.' : 'It is not logged.'}`,
  ];
}

function decisionLines({ decision }: RuleFacts): readonly string[] {
  const gate =
    decision.slot === null
      ? `  Each request asks it: ${decision.ungated ?? 'it has no pattern to scan for'}.`
      : `  One Hyperscan scan over all values decides whether it is asked at all: its pattern is slot ${decision.slot}.`;
  const deciders = decision.links.map(({ decider, reason }, at) => {
    const link = decision.links.length === 1 ? '' : `link ${at + 1}: `;
    return `  ${link}${DECIDERS[decider]}${reason === null ? '' : ` (${reason})`}`;
  });
  return [gate, ...deciders];
}

const DECIDERS = {
  RE2: 'RE2 has the last word, in linear time.',
  PCRE2: 'PCRE2 has the last word, under SecPcreMatchLimit: RE2 has no words for the pattern',
  'Aho-Corasick': 'An Aho-Corasick automaton finds the words, in linear time.',
  libinjection: 'libinjection has the last word.',
  own: 'The engine compares by itself.',
  none: 'There is nothing to decide.',
} as const;

function surroundingLines({ skippedBy, changedBy, rule }: RuleFacts): readonly string[] {
  const lines = [
    ...skippedBy.map(({ rule: skipper, marker }) => {
      const to = marker === null ? 'over it' : `to ${visible(marker)}`;
      return `  ${place(skipper.position)} rule ${skipper.id} skips ${to} ${conditionOf(skipper)}`;
    }),
    ...changedBy.map((mention) => `  ${place(mention.position)} ${changeOf(mention, rule.id)}`),
  ];
  return lines.length === 0 ? ['  Nothing: no rule skips it, removes it or changes it.'] : lines;
}

const place = ({ file, line }: Rule['position']): string => `${basename(file)}:${line}:`;

function conditionOf({ links }: Rule): string {
  const conditions = links.flatMap(({ operator, targets }) => {
    if (operator === null) return [];
    const names = targets.map(({ variable, selector, count }) => {
      const key = selector?.kind === 'key' ? `:${selector.key}` : '';
      return `${count ? '&' : ''}${variable}${key}`;
    });
    return [`${names.join('|')} ${operator.negated ? '!' : ''}@${operator.name} ${operator.text}`];
  });
  return conditions.length === 0 ? 'always' : `where ${visible(conditions.join(' and ')).slice(0, 120)}`;
}

function changeOf({ what, effect, always, rule, text }: Mention, id: number): string {
  const does = { removes: 'removes it', disarms: 'disarms it', changes: 'changes what it looks at or does' }[
    effect
  ];
  if (rule === null) return `${does}: ${visible(text)}`;
  if (rule.id === id) return `it speaks of itself (${what}=${visible(text)})`;
  return `rule ${rule.id} ${does} (${what}=${visible(text)})${always ? '' : ` ${conditionOf(rule)}`}`;
}
