/** The way from annotation to enforcement, for people. */
import { type Explanation, FORMER, type Step, type StepState, type Unseen } from '@sluice/controller/view';
import { textTable } from '../cluster/text-table.ts';
import { COLUMNS } from '../events/columns.ts';
import { Table } from '../events/table.ts';
import { oneLine } from '../events/text.ts';
import type { Style } from '../inspect/render-value.ts';
import { unseenLines } from '../status/render.ts';
import type { Recent } from './recent.ts';

export interface Told extends Explanation {
  /** Null where nobody asked. */
  readonly recent: Recent | null;
  readonly unseen: readonly Unseen[];
}

const MARKS: Readonly<Record<StepState, string>> = { yes: 'ok', partly: '!!', no: 'no', unknown: '??' };
const COLOURS: Readonly<Record<StepState, 'green' | 'yellow' | 'red'>> = {
  ...{ yes: 'green', partly: 'yellow', no: 'red', unknown: 'yellow' },
};
const TITLES: Readonly<Record<Step['step'], string>> = {
  ...{ selected: 'selected', policy: 'policy', ports: 'ports', nodes: 'nodes', enforced: 'enforced' },
};
const INDENT = ' '.repeat(14);

export function renderExplanation(told: Told, style: Style): string {
  const { service, verdict, steps, unseen, recent } = told;
  return [
    `${style.bold(oneLine(service))}  ${verdict}\n\n`,
    ...steps.map((step) => stepText(step, style) + (step.step === 'policy' ? settingsText(told, style) : '')),
    ...(recent === null ? [] : [recentText(recent, style)]),
    ...unseenLines(unseen, style),
  ].join('');
}

function stepText({ step, state, says, remedies }: Step, style: Style): string {
  const [first = '', ...rest] = says;
  const mark = style[COLOURS[state]](MARKS[state]);
  return [
    `${mark}  ${style.bold(TITLES[step].padEnd(9))} ${oneLine(first)}`,
    ...rest.map((text) => `${INDENT}${oneLine(text)}`),
    ...remedies.map((text) => style.yellow(`${INDENT}→ ${oneLine(text)}`)),
    '',
  ].join('\n');
}

function settingsText({ policy }: Told, style: Style): string {
  if (policy === null) return '';
  const rows = policy.settings.map(({ path, value, from }) => [path, JSON.stringify(value), from.join(', ')]);
  const table = textTable(['SETTING', 'VALUE', 'FROM'], rows, style);
  const sets = policy.ruleSets.map((name) => `RuleSet ${oneLine(name)}\n`).join('');
  const isFormer = policy.settings.some(({ from }) => from.includes(FORMER));
  const note = isFormer ? style.yellow(`${FORMER} stays until the policy is right`) : '';
  return `${table}${sets}${note}`.replaceAll(/^(?=.)/gm, INDENT).replace(/\n?$/, '\n');
}

function recentText({ from, blocked, wouldBlock, rules, events }: Recent, style: Style): string {
  const ids = rules.map(({ id, events: count }) => `${id} (${count})`).join(', ');
  const lines = [
    `    ${style.bold('requests'.padEnd(9))} Since ${oneLine(from)}: ${blocked} blocked, ${wouldBlock} would have been.`,
    ...(ids === '' ? [] : [`${INDENT}Rules of those: ${oneLine(ids)}`]),
  ];
  const table = new Table(COLUMNS.waf, style, undefined);
  const rows = table.rows(events);
  return `${lines.join('\n')}\n${rows === '' ? '' : `\n${table.head()}${rows}`}`;
}
