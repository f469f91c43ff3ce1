/** The story as lines for people. */
import { basename } from 'node:path';
import type { Proposal, Proposals } from './exclusions.ts';
import { renderTarget, type Style } from './render-value.ts';
import { ruleLines, scoreReason } from './rule-lines.ts';
import type { Story, StoryRule } from './story.ts';
import { visible, visibleText } from './visible.ts';

const TARGETS_MAX = 5;
const TEXT_BYTES_MAX = 160;

export function renderStory(story: Story, style: Style, verbose: boolean): string {
  const told = story.rules.filter((rule) => rule.score !== 0 || (rule.decides && !sumsUp(rule)));
  const others = story.rules.filter((rule) => !told.includes(rule) && (verbose || rule.logs));
  const lines = [
    ...renderHead(story, style),
    ...told.flatMap((rule) => ['', ...renderRule(rule, story, style, verbose)]),
    ...renderOthers(others, style, verbose),
    ...renderProposals(story.proposals, story, style),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line a request, for files of many. */
export function renderLine(story: Story, style: Style): string {
  const { method, uri } = story.request.attributes;
  const rules = story.rules.filter(({ score, decides }) => score !== 0 || decides).map(({ id }) => id);
  const why = rules.length === 0 ? '' : `  ${rules.join(' ')}`;
  return `${verdictWord(story, style)}  ${method} ${short(uri)}${why}\n`;
}

/** The rule that compares the score with the threshold reads nothing of the request itself. */
const sumsUp = (rule: StoryRule): boolean =>
  rule.targets.every(({ variable }) => variable === 'TX' || variable.startsWith('&'));

/** Shown on one line, and cut where it is long. */
const short = (value: string): string =>
  value.length <= TEXT_BYTES_MAX ? visible(value) : `${visible(value.slice(0, TEXT_BYTES_MAX))}…`;

function verdictWord({ blocks, mode, verdict }: Story, style: Style): string {
  if (mode === 'Off') return style.yellow('NOT INSPECTED');
  if (!blocks) return style.green('ALLOWED');
  if (mode !== 'Block') return style.yellow('WOULD BE DENIED');
  return style.red(
    verdict.kind === 'deny' && verdict.action !== 'deny' ? verdict.action.toUpperCase() : 'DENIED',
  );
}

function renderHead(story: Story, style: Style): readonly string[] {
  const { request, policy, mode } = story;
  const { method, uri, headers } = request.attributes;
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  return [
    `${style.bold(verdictWord(story, style))}  ${visible(method)} ${visible(host)}${short(uri)}`,
    reasonOf(story),
    style.dim(
      `policy ${policy.name}, mode ${mode}, paranoia level ${policy.paranoia}, threshold ${story.threshold}`,
    ),
    ...request.notes.map((note) => style.dim(`note: ${note}`)),
    ...story.failures.map(({ id, reason }) =>
      style.red(`rule ${id} could not be decided: ${visibleText(reason)}`),
    ),
  ];
}

function reasonOf({ verdict, score, threshold, rules, mode, blocks }: Story): string {
  if (mode === 'Off') return 'The policy is off: no rule was asked.';
  switch (verdict.kind) {
    case 'allow':
      return `No rule denies it; its anomaly score is ${score}, and ${threshold} or more is denied.`;
    case 'uninspectable':
      return `It could not be inspected to its end (${verdict.cause}): ${visible(verdict.detail)}.${
        blocks ? '' : ' The policy lets such requests pass.'
      }`;
    case 'deny': {
      const rule = rules.find(({ decides }) => decides);
      const sum = rule === undefined || sumsUp(rule);
      const why = sum ? scoreReason(score, threshold) : visible(rule.message);
      return `Rule ${verdict.ruleId} answers with status ${verdict.status}: ${why}.`;
    }
  }
}

function renderRule(rule: StoryRule, story: Story, style: Style, verbose: boolean): readonly string[] {
  const shown = verbose ? rule.targets : rule.targets.slice(0, TARGETS_MAX);
  const more = rule.targets.length - shown.length;
  const line = { ...rule, id: String(rule.id), message: visible(rule.message) };
  return [
    ...ruleLines(line, story.threshold, style),
    ...shown.flatMap((target) => renderTarget(target, style).map((line) => `  ${line}`)),
    ...(more > 0 ? [style.dim(`  and ${more} more; --verbose shows all`)] : []),
  ];
}

function renderOthers(rules: readonly StoryRule[], style: Style, verbose: boolean): readonly string[] {
  if (rules.length === 0) return [];
  const lines = rules.flatMap((rule) => {
    const message = short(rule.message);
    const head = `  ${rule.id}  ${message === '' ? `${basename(rule.file)}:${rule.line}` : message}`;
    return verbose
      ? [head, ...rule.targets.flatMap((target) => renderTarget(target, style).map((line) => `    ${line}`))]
      : [head];
  });
  return ['', style.dim('Matched without a score:'), ...lines.map((line) => style.dim(line))];
}

function renderProposals(proposals: Proposals | null, story: Story, style: Style): readonly string[] {
  if (proposals === null || !story.blocks) return [];
  if (proposals.leftOut !== null) return ['', `No exclusion is proposed: ${proposals.leftOut}.`];
  return [
    '',
    style.bold('If the request is harmless, one of these lets it pass (tried, score in brackets):'),
    ...proposals.proposals.flatMap((proposal) => ['', ...renderProposal(proposal, style)]),
  ];
}

function renderProposal({ scope, side, text, score }: Proposal, style: Style): readonly string[] {
  const where = scope === 'path' ? 'for this path only' : 'for all paths';
  const file = `a rule file of ruleFiles.${side}`;
  return [style.dim(`# ${where}; into ${file} [${score}]`), ...text.split('\n').map((line) => visible(line))];
}
