/** A value on one line, with what was matched in it marked. */
import type { ExplainedTarget, Span } from '@sluice/engine';
import { visible } from './visible.ts';

export interface Style {
  /** Puts marks around what was matched. */
  readonly mark: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const plain = (text: string): string => text;

const PLAIN: Style = {
  mark: (text) => `»${text}«`,
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
};

const sequence =
  (on: number, off: number) =>
  (text: string): string =>
    `\x1b[${on}m${text}\x1b[${off}m`;

const COLOURED: Style = {
  mark: sequence(7, 27),
  bold: sequence(1, 22),
  dim: sequence(2, 22),
  red: sequence(31, 39),
  green: sequence(32, 39),
  yellow: sequence(33, 39),
};

/** https://no-color.org is heeded. */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const coloured = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return coloured ? COLOURED : PLAIN;
}

/** Bytes of a value that are shown, and of them those before the match. */
const SHOWN_BYTES_MAX = 240;
const LEAD_BYTES = 60;

/** A value around its match; what is left out is said. */
export function renderValue(value: string, matched: Span | null, style: Style): string {
  const start = matched === null ? 0 : Math.max(0, matched.start - LEAD_BYTES);
  const from = value.length <= SHOWN_BYTES_MAX ? 0 : start;
  const to = Math.min(value.length, from + SHOWN_BYTES_MAX);
  const cut = to - from < value.length ? style.dim(` (${to - from} of ${value.length} bytes)`) : '';
  const text = matched === null ? visible(value.slice(from, to)) : marked(value, matched, from, to, style);
  return `${from > 0 ? '…' : ''}${text}${to < value.length ? '…' : ''}${cut}`;
}

function marked(value: string, matched: Span, from: number, to: number, style: Style): string {
  const end = Math.min(matched.end, to);
  const found = visible(value.slice(matched.start, end));
  return `${visible(value.slice(from, matched.start))}${style.mark(found)}${visible(value.slice(end, to))}`;
}

/** `having friends …` before and after each transformation that changed it. Indented by the caller. */
export function renderTarget(target: ExplainedTarget, style: Style): readonly string[] {
  const score = target.score === 0 ? '' : style.bold(` +${target.score}`);
  const last = renderValue(target.value, target.matched, style);
  const steps = changingSteps(target);
  if (target.sent === null || steps.length === 0) {
    return [`${visible(target.label)} = ${last}${score}`, ...notesOf(target, style)];
  }
  const shown = steps
    .slice(0, -1)
    .map(({ transformation, value }) => step(transformation, renderValue(value, null, style), style));
  return [
    `${visible(target.label)} = ${renderValue(target.sent, null, style)}${score}`,
    ...shown,
    step(steps.at(-1)?.transformation ?? '', last, style),
    ...notesOf(target, style),
  ];
}

const step = (transformation: string, value: string, style: Style): string =>
  `  ${style.dim(`t:${transformation}`)} → ${value}`;

function changingSteps({ sent, steps }: ExplainedTarget): ExplainedTarget['steps'] {
  let before = sent;
  return steps.filter(({ value }) => {
    const changed = value !== before;
    before = value;
    return changed;
  });
}

const ARGUMENT_BYTES_MAX = 100;

/** What was looked for, where the marks do not say it. */
function notesOf({ operator, matched, fingerprint }: ExplainedTarget, style: Style): readonly string[] {
  if (fingerprint !== null) return [style.dim(`  libinjection: SQL of the shape ${visible(fingerprint)}`)];
  if (matched !== null) return [];
  const name = `${operator.negated ? '!' : ''}@${operator.name}`;
  const value = operator.expanded === null ? '' : ` (now ${shortArgument(operator.expanded)})`;
  return [style.dim(`  ${`${name} ${shortArgument(operator.argument)}`.trimEnd()}${value}`)];
}

const shortArgument = (argument: string): string =>
  argument.length <= ARGUMENT_BYTES_MAX
    ? visible(argument)
    : `${visible(argument.slice(0, ARGUMENT_BYTES_MAX))}…`;
