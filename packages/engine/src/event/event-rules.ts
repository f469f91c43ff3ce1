/** The rules of an event: those that matched and that log, with what they matched. */
import type { MatchedTarget, RuleMatch } from '../evaluate/state.ts';
import { printMacro } from '../language/macro.ts';
import { EVENT_LIMITS } from '../limits.ts';
import { known } from './absent.ts';
import { severityName } from './log-line.ts';
import { MASK, type Mask } from './mask.ts';
import type { EventRule, EventRuleTarget } from './waf-event.ts';

/** Each rule shows its first target, and further ones while the event has room: 100 KB that match all rules made 10 MB. */
export function eventRules(
  told: readonly RuleMatch[],
  mask: Mask,
  shows: (value: string) => string,
): readonly EventRule[] {
  let room = EVENT_LIMITS.targetBytesMax;
  return told.map((match) => {
    let shown = 0;
    for (const { label, value } of match.targets.slice(0, EVENT_LIMITS.targetsPerRuleMax)) {
      if (shown > 0 && room <= 0) break;
      room -= shownBytes(label) + shownBytes(value);
      shown++;
    }
    return eventRule(match, mask, shows, shown);
  });
}

const shownBytes = (text: string): number => Math.min(text.length, EVENT_LIMITS.valueBytesMax);

function eventRule(
  match: RuleMatch,
  mask: Mask,
  shows: (value: string) => string,
  shownTargets: number,
): EventRule {
  const { data, paranoia } = match.rule;
  const secret = match.targets.some((target) => mask.isSecret(target.label));
  // Texts of a rule that matched in a secret quote a part of it, which no search for the whole would find.
  const message = secret && data.msg !== null ? printMacro(data.msg) : match.message;
  return {
    id: String(data.id),
    message: shows(message),
    data: secret && match.data !== '' ? MASK : shows(match.data),
    ...known('severity', data.severity === null ? null : severityName(data.severity)),
    tags: data.tags.map(shows),
    phase: data.phase,
    ...known('paranoia_level', paranoia),
    file: shows(data.position.file),
    line: data.position.line,
    score: match.targets.reduce((sum, { score }) => sum + score, 0),
    targets: match.targets.slice(0, shownTargets).map((target) => eventTarget(target, mask, shows, secret)),
    targets_left_out: match.targets.length - shownTargets,
  };
}

function eventTarget(
  { label, value, score }: MatchedTarget,
  mask: Mask,
  shows: (value: string) => string,
  ofSecretRule: boolean,
): EventRuleTarget {
  const shown = mask.hides(label, value, ofSecretRule) ? MASK : shows(value);
  // Only what is masked needs a stand-in by which it can be recognised.
  const hash = shown.includes(MASK) ? mask.hash(value) : null;
  return { variable: shows(label), value: shown, score, ...known('hash', hash) };
}
