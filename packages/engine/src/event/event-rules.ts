/** The rules of an event: those that matched and that log, with what they matched. */
import type { MatchedTarget, RuleMatch } from '../evaluate/state.ts';
import type { Macro } from '../language/ast.ts';
import { printMacro } from '../language/macro.ts';
import { EVENT_LIMITS } from '../limits.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import type { TransactionResult } from '../transaction/transaction.ts';
import { known } from './absent.ts';
import { severityName } from './log-line.ts';
import { MASK, type Mask } from './mask.ts';
import { ownText } from './showable.ts';
import { isTainted, isWritten, quotesWritten } from './taint.ts';
import type { EventRule, EventRuleTarget } from './waf-event.ts';

/** What is shown of values, and which are not. */
interface Showing {
  readonly mask: Mask;
  readonly shows: (value: string) => string;
  /** A rule has kept parts of a secret. */
  readonly tainted: boolean;
}

/**
 * Each rule shows its first target, and further ones while the event has room: 100 KB that match all rules made 10 MB.
 *
 * @param matches all of them, also of rules that do not log
 * @param told those of rules that do
 */
export function eventRules(
  { matches, told }: Pick<TransactionResult, 'matches' | 'told'>,
  mask: Mask,
  shows: (value: string) => string,
): readonly EventRule[] {
  const isSecretValue = (label: string, value: string): boolean =>
    mask.isSecret(label) || shows(value).includes(MASK);
  const showing = { mask, shows, tainted: isTainted(matches, isSecretValue) };
  let room = EVENT_LIMITS.targetBytesMax;
  return told.map((match) => {
    let shown = 0;
    for (const { label, value } of match.targets.slice(0, EVENT_LIMITS.targetsPerRuleMax)) {
      if (shown > 0 && room <= 0) break;
      room -= shownBytes(label) + shownBytes(value);
      shown++;
    }
    return eventRule(match, showing, shown);
  });
}

const shownBytes = (text: string): number => Math.min(text.length, EVENT_LIMITS.valueBytesMax);

function eventRule(match: RuleMatch, showing: Showing, shownTargets: number): EventRule {
  const { data, paranoia } = match.rule;
  const { mask, shows, tainted } = showing;
  const own = ownTexts(data);
  const secret = match.targets.some(
    ({ label, value }) => mask.isSecret(label) || (tainted && isWritten(label, value)),
  );
  const quotes = (text: Macro | null): boolean => secret || (tainted && quotesWritten(data, text));
  // Texts of a rule that matched in a secret quote a part of it, which no search for the whole would find.
  const message = data.msg !== null && quotes(data.msg) ? printMacro(data.msg) : match.message;
  return {
    id: String(data.id),
    message: shows(message),
    data: match.data !== '' && quotes(data.logdata) ? MASK : shows(match.data),
    ...known('severity', data.severity === null ? null : severityName(data.severity)),
    tags: own.tags,
    phase: data.phase,
    ...known('paranoia_level', paranoia),
    file: own.file,
    line: data.position.line,
    score: match.targets.reduce((sum, { score }) => sum + score, 0),
    targets: match.targets.slice(0, shownTargets).map((target) => eventTarget(target, showing, secret)),
    targets_left_out: match.targets.length - shownTargets,
  };
}

/** Texts of a rule that are the same in each event. */
interface OwnTexts {
  readonly tags: readonly string[];
  readonly file: string;
}

const ownTextsOf = new WeakMap<CompiledRule, OwnTexts>();

function ownTexts(rule: CompiledRule): OwnTexts {
  let texts = ownTextsOf.get(rule);
  if (texts === undefined) {
    texts = { tags: rule.tags.map(ownText), file: ownText(rule.position.file) };
    ownTextsOf.set(rule, texts);
  }
  return texts;
}

function eventTarget(
  { label, value, score }: MatchedTarget,
  { mask, shows, tainted }: Showing,
  ofSecretRule: boolean,
): EventRuleTarget {
  const isHidden = mask.hides(label, value, ofSecretRule) || (tainted && isWritten(label, value));
  const shown = isHidden ? MASK : shows(value);
  // Only what is masked needs a stand-in by which it can be recognised.
  const hash = shown.includes(MASK) ? mask.hash(value) : null;
  return { variable: shows(label), value: shown, score, ...known('hash', hash) };
}
