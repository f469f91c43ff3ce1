/** The story of an event as lines for people, as `sluice inspect` tells that of a request. */
import type { Document } from '@sluice/spool';
import type { Style } from '../inspect/render-value.ts';
import { ruleLines, scoreReason } from '../inspect/rule-lines.ts';
import { numberAt, textAt } from './document.ts';
import { type Outcome, paintOutcome } from './outcome.ts';
import type { DirectionStory, EventRuleStory, EventStory, StoryTarget } from './story.ts';
import { oneLine } from './text.ts';

const TARGETS_MAX = 5;
const TEXT_MAX = 160;
const VALUE_MAX = 240;

export function renderEvent(document: Document, story: EventStory, style: Style, verbose: boolean): string {
  const told = story.rules.filter((rule) => rule.score !== 0 || (rule.decides && !sumsUp(rule)));
  const others = story.rules.filter((rule) => !told.includes(rule));
  const lines = [
    ...renderHead(document, story, style),
    ...told.flatMap((rule) => ['', ...renderRule(rule, story, style, verbose)]),
    ...renderOthers(others, style, verbose),
    ...renderSums(story, style),
    ...renderCoverage(document, story, style),
    '',
    style.dim('The event has no header fields, bodies, steps of transformations, nor rules that do not log;'),
    style.dim('secrets are masked. sluice inspect shows them for a request that you have.'),
  ];
  return `${lines.join('\n')}\n`;
}

/** The rule that compares the score with the threshold reads nothing of the request itself. */
const sumsUp = ({ targets }: EventRuleStory): boolean =>
  targets.every(({ variable }) => variable === '' || variable.startsWith('TX') || variable.startsWith('&'));

const WORDS: Readonly<Record<Outcome, string>> = {
  blocked: 'DENIED',
  'would block': 'WOULD BE DENIED',
  'cut short': 'ALLOWED, NOT INSPECTED TO ITS END',
  allowed: 'ALLOWED',
  flood: 'FLOOD',
};

function renderHead(document: Document, story: EventStory, style: Style): readonly string[] {
  const at = (path: string): string => oneLine(textAt(document, path) ?? '?', TEXT_MAX);
  const target = textAt(document, 'url.original') ?? textAt(document, 'url.path') ?? '';
  const host = textAt(document, 'url.domain') ?? '';
  const method = oneLine(textAt(document, 'http.request.method') ?? '', TEXT_MAX);
  const word = paintOutcome(story.outcome, WORDS[story.outcome], style);
  const owners = ['source', 'destination'].map((side) => textAt(document, `waf.${side}.owner`) ?? '');
  const [source = '', destination = ''] = owners.map((owner) =>
    owner === '' ? '' : ` (${oneLine(owner, TEXT_MAX)})`,
  );
  return [
    `${style.bold(word)}  ${method} ${oneLine(host, TEXT_MAX)}${oneLine(target, TEXT_MAX)}`,
    reasonOf(document, story),
    style.dim(
      `${at('@timestamp')}, from ${at('source.ip')}:${at('source.port')}${source} to ${at('destination.ip')}:${at('destination.port')}${destination}`,
    ),
    style.dim(`policy ${at('waf.policy')}, mode ${at('waf.mode')}, ${ruleSetOf(document)}`),
    style.dim(`event ${oneLine(story.id, TEXT_MAX)}, request ${oneLine(story.requestId, TEXT_MAX)}`),
    ...(numberAt(document, 'waf.flood.count') === null
      ? []
      : [
          `It stands for ${numberAt(document, 'waf.flood.count')} more events of its source, from ${at('waf.flood.from')} to ${at('waf.flood.to')}.`,
        ]),
  ];
}

function ruleSetOf(document: Document): string {
  const name = textAt(document, 'rule.ruleset');
  if (name === null) return 'rule set not told';
  return oneLine(`rule set ${name} ${textAt(document, 'rule.version') ?? ''}`.trimEnd(), TEXT_MAX);
}

function reasonOf(document: Document, story: EventStory): string {
  const { action, cause, detail, status, inbound, outbound, rules, outcome } = story;
  if (outcome === 'flood') return 'A summary: its source sent more than is kept one by one.';
  if (action === 'uninspectable') {
    const passed =
      outcome === 'blocked' || outcome === 'would block' ? '' : ' The policy lets such requests pass.';
    return `It could not be inspected to its end (${oneLine(cause ?? 'unknown', TEXT_MAX)}): ${oneLine(detail ?? '', TEXT_MAX)}.${passed}`;
  }
  if (action !== 'deny') {
    const reason = textAt(document, 'event.reason');
    if (reason !== null) return `${oneLine(reason, TEXT_MAX)}.`;
    const { score, threshold } = inbound;
    const sum =
      score === null || threshold === null
        ? ''
        : `; its anomaly score is ${score}, and ${threshold} or more is denied`;
    return `No rule denies it${sum}.`;
  }
  const decider = rules.find(({ decides }) => decides);
  const side = (decider?.phase ?? 0) >= 3 ? outbound : inbound;
  const isSum = (decider === undefined || sumsUp(decider)) && side.score !== null && side.threshold !== null;
  const why = isSum
    ? scoreReason(side.score ?? 0, side.threshold ?? 0)
    : oneLine(decider?.message ?? '', TEXT_MAX);
  const verb = outcome === 'blocked' ? 'answers' : 'would answer';
  const answer = status === null ? '' : ` with status ${status}`;
  return `Rule ${oneLine(decider?.id ?? detail ?? '?', TEXT_MAX)} ${verb}${answer}: ${why}.`;
}

function renderRule(
  rule: EventRuleStory,
  story: EventStory,
  style: Style,
  verbose: boolean,
): readonly string[] {
  const shown = verbose ? rule.targets : rule.targets.slice(0, TARGETS_MAX);
  const more = rule.targets.length - shown.length;
  const side = (rule.phase ?? 0) >= 3 ? story.outbound : story.inbound;
  const line = {
    ...rule,
    id: oneLine(rule.id, TEXT_MAX),
    message: oneLine(rule.message, verbose ? undefined : TEXT_MAX),
    file: rule.file === null ? null : oneLine(rule.file),
    severity: rule.severity === null ? null : oneLine(rule.severity),
  };
  return [
    ...ruleLines(line, side.threshold, style),
    ...shown.map((target) => `  ${renderTarget(target, style, verbose)}`),
    ...(more > 0 ? [style.dim(`  and ${more} more; --verbose shows all`)] : []),
    ...(rule.targetsLeftOut > 0
      ? [style.dim(`  and ${rule.targetsLeftOut} that the event does not list; the score has them`)]
      : []),
  ];
}

function renderTarget({ variable, value, score, hash }: StoryTarget, style: Style, verbose: boolean): string {
  const added = score === 0 ? '' : style.bold(` +${score}`);
  const hashed = hash === null ? '' : style.dim(` (hash ${oneLine(hash, TEXT_MAX)})`);
  return `${oneLine(variable, TEXT_MAX)} = ${oneLine(value, verbose ? undefined : VALUE_MAX)}${hashed}${added}`;
}

function renderOthers(rules: readonly EventRuleStory[], style: Style, verbose: boolean): readonly string[] {
  if (rules.length === 0) return [];
  const lines = rules.flatMap((rule) => [
    `  ${oneLine(rule.id, TEXT_MAX)}  ${oneLine(rule.message, TEXT_MAX)}`,
    ...(verbose ? rule.targets.map((target) => `    ${renderTarget(target, style, verbose)}`) : []),
  ]);
  return ['', style.dim('Matched without a score:'), ...lines.map((line) => style.dim(line))];
}

/** Where the rules that are told do not come to the score that counted, that is said. */
function renderSums({ inbound, outbound }: EventStory, style: Style): readonly string[] {
  const differ = ({ score, told }: DirectionStory): boolean => score !== null && score !== told;
  return [
    ...(differ(inbound)
      ? [`The rules above come to ${inbound.told}; the request's score is ${inbound.score}.`]
      : []),
    ...(differ(outbound)
      ? [`The rules above come to ${outbound.told}; the response's score is ${outbound.score}.`]
      : []),
  ].flatMap((line) => ['', style.yellow(line)]);
}

function renderCoverage(document: Document, { skipped }: EventStory, style: Style): readonly string[] {
  const bytes = (side: string, what: string): number | null =>
    numberAt(document, `waf.coverage.${side}_bytes_${what}`);
  const sides = ['request', 'response'].flatMap((side) => {
    const seen = bytes(side, 'seen');
    if (seen === null || (side === 'response' && seen === 0)) return [];
    return [`${side} body: ${seen} bytes came, ${bytes(side, 'passed') ?? '?'} went on`];
  });
  const missed = skipped.map((what) => `  ${oneLine(what, TEXT_MAX)}`);
  return [
    ...(sides.length === 0 ? [] : ['', style.dim(sides.join('; '))]),
    ...(missed.length === 0 ? [] : [style.yellow('Not inspected:'), ...missed]),
  ];
}
