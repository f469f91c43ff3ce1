/** The analysis as text for people. What an event has is shown, never obeyed. */
import type { Analysis, Group, Proposal, Refused } from '@sluice/hub/promote';
import { oneLine } from '../events/text.ts';
import type { Style } from '../inspect/render-value.ts';
import { secLangOf } from './seclang.ts';

const VALUE_MAX = 80;
const TARGET_MAX = 80;
/** Groups that are shown of those that look like attacks, and of those that are unclear. */
const OTHERS_SHOWN = 8;

export interface RenderOptions {
  readonly style: Style;
  /** All groups. */
  readonly all: boolean;
}

export function renderAnalysis(analysis: Analysis, { style, all }: RenderOptions): string {
  const { groups, exclusions, events, denied, sources, from, to, policies, isCut } = analysis;
  const of = (verdict: Group['judgement']['verdict']): readonly Group[] =>
    groups.filter(({ judgement }) => judgement.verdict === verdict);
  const lines = [
    style.bold(`${count(analysis.requests, 'request')} that Block stops`),
    `  ${iso(from)} to ${iso(to)}; ${count(events, 'event')}, ${denied} of them denied, from ${count(sources, 'source')}`,
    `  ${policies.length === 1 ? 'policy' : 'policies'} ${policies.map((name) => oneLine(name)).join(', ')}`,
    ...(isCut ? [style.yellow('  there are more events than are read: the oldest are left out')] : []),
    ...section('Look like false positives', of('false positive'), { style, shown: Number.POSITIVE_INFINITY }),
    ...section('Unclear', of('unclear'), { style, shown: all ? Number.POSITIVE_INFINITY : OTHERS_SHOWN }),
    ...section('Look like attacks', of('attack'), {
      style,
      shown: all ? Number.POSITIVE_INFINITY : OTHERS_SHOWN,
    }),
    ...proposedLines(exclusions.proposed, style),
    ...refusedLines(exclusions.refused, style),
    ...(exclusions.cleared + exclusions.notCleared === 0
      ? []
      : [
          '',
          `With what is proposed ${exclusions.cleared} of ${exclusions.cleared + exclusions.notCleared} false positives pass, and none of what looks like an attack; ${exclusions.alsoPass} others pass with them.`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

const iso = (at: number): string => new Date(at).toISOString();
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function section(
  title: string,
  groups: readonly Group[],
  { style, shown }: { readonly style: Style; readonly shown: number },
): readonly string[] {
  if (groups.length === 0) return [];
  const rest = groups.length - shown;
  return [
    '',
    style.bold(`${title}: ${count(groups.length, 'group')}`),
    ...groups.slice(0, shown).flatMap((group) => groupLines(group, style)),
    ...(rest > 0 ? [style.dim(`  and ${rest} more: --all`)] : []),
  ];
}

function groupLines(group: Group, style: Style): readonly string[] {
  const { rule, target, path, message, requests, sources, judgement, examples } = group;
  const head = `${oneLine(rule)} in ${oneLine(target, TARGET_MAX)} at ${oneLine(path, TARGET_MAX)}`;
  const verdict =
    judgement.verdict === 'attack' ? style.red(judgement.verdict) : style.yellow(judgement.verdict);
  return [
    `  ${style.bold(head)}  ${count(requests, 'request')}, ${count(sources, 'source')}`,
    ...(message === '' ? [] : [style.dim(`    ${oneLine(message, 100)}`)]),
    `    ${verdict} (${signed(judgement.points)}): ${judgement.because.map(({ rule: name, points, says }) => `${name} ${signed(points)}: ${says}`).join('; ') || 'no rule of judgement holds'}`,
    ...examples.map(
      ({ id, source, path: at, value }) =>
        `    ${id}  ${oneLine(source, 45)}  ${oneLine(at, TARGET_MAX)}  ${style.dim(oneLine(value, VALUE_MAX))}`,
    ),
  ];
}

const signed = (points: number): string => (points > 0 ? `+${points}` : String(points));

function proposedLines(proposed: readonly Proposal[], style: Style): readonly string[] {
  if (proposed.length === 0) return ['', 'No exclusion is proposed.'];
  return [
    '',
    style.bold(`Exclusions that would clear them: ${proposed.length}`),
    ...proposed.flatMap(({ exclusion, policy, hits, clears, arithmetic }) => [
      `  ${style.green(oneLine(`{rules: [${exclusion.rules.join(', ')}], targets: ['${exclusion.targets.join("', '")}'], paths: [${exclusion.paths?.join(', ') ?? ''}]}`))}`,
      `    of policy ${oneLine(policy)}; ${clears} pass by it, ${count(hits, 'hit')} in this time; by the stored scores: ${arithmetic}`,
      ...secLangOf(exclusion)
        .split('\n')
        .map((line) => style.dim(`    ${oneLine(line)}`)),
    ]),
  ];
}

/** Attacks that would pass: in red, and never proposed. */
function refusedLines(refused: readonly Refused[], style: Style): readonly string[] {
  if (refused.length === 0) return [];
  return [
    '',
    style.bold('Not proposed: attacks would pass with them'),
    ...refused.flatMap(({ exclusion, clears, attacks, examples }) => [
      `  ${style.red(oneLine(`rules ${exclusion.rules.join(', ')} in ${exclusion.targets.join(', ')} at ${exclusion.paths?.join(', ') ?? 'all paths'}`))}`,
      `    ${style.red(`${count(attacks, 'attack')} would pass`)}: ${examples.join(', ')}; ${count(clears, 'false positive')} would`,
    ]),
  ];
}
