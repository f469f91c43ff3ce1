/** The rules of an event: those that matched and that log, with what they matched. */
import type { MatchedTarget } from '../evaluate/state.ts';
import { EVENT_LIMITS } from '../limits.ts';
import { known } from './absent.ts';
import { severityName } from './log-line.ts';
import { MASK, type Mask } from './mask.ts';
import type { EventSource, ToldMatch } from './source.ts';
import { isTainted, isWritten } from './taint.ts';
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
 */
export function eventRules(
  { kept, told }: Pick<EventSource, 'kept' | 'told'>,
  mask: Mask,
  shows: (value: string) => string,
): readonly EventRule[] {
  const isSecretValue = (label: string, value: string): boolean =>
    mask.isSecret(label) || shows(value).includes(MASK);
  const showing = { mask, shows, tainted: isTainted(kept, isSecretValue) };
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

function eventRule(match: ToldMatch, showing: Showing, shownTargets: number): EventRule {
  const { rule } = match;
  const { mask, shows, tainted } = showing;
  const secret = match.targets.some(
    ({ label, value }) => mask.isSecret(label) || (tainted && isWritten(label, value)),
  );
  // Texts of a rule that matched in a secret quote a part of it, which no search for the whole would find.
  const message = rule.msg !== null && (secret || (tainted && rule.msgQuotes)) ? rule.msg : match.message;
  const hidesData = match.data !== '' && (secret || (tainted && rule.logdataQuotes));
  return {
    id: String(rule.id),
    message: shows(message),
    data: hidesData ? MASK : shows(match.data),
    ...known('severity', rule.severity === null ? null : severityName(rule.severity)),
    tags: rule.tags,
    phase: rule.phase,
    ...known('paranoia_level', rule.paranoia),
    file: rule.file,
    line: rule.line,
    score: match.targets.reduce((sum, { score }) => sum + score, 0),
    targets: match.targets.slice(0, shownTargets).map((target) => eventTarget(target, showing, secret)),
    targets_left_out: match.targets.length - shownTargets,
  };
}

function eventTarget(
  { label, value, score }: Omit<MatchedTarget, 'link'>,
  { mask, shows, tainted }: Showing,
  ofSecretRule: boolean,
): EventRuleTarget {
  const isHidden = mask.hides(label, value, ofSecretRule) || (tainted && isWritten(label, value));
  const shown = isHidden ? MASK : shows(value);
  // Only what is masked needs a stand-in by which it can be recognised.
  const hash = shown.includes(MASK) ? mask.hash(value) : null;
  return { variable: shows(label), value: shown, score, ...known('hash', hash) };
}
