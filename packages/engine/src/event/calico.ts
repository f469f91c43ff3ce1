/**
 * The fields by which Calico's alerts and dashboards know a WAF log. Their texts are made of those that are masked already.
 * `rule_info` is one line of ModSecurity for each rule, as Calico writes it.
 */
import { EVENT_LIMITS } from '../limits.ts';
import type { ToldMatch } from './source.ts';
import type { CalicoRule, EventRule } from './waf-event.ts';

export const MATCHED_MESSAGE = 'WAF check FAILED!';

/** Severity of a rule that says none: Syslog's `notice`. */
const NO_SEVERITY = 5;

const severityOf = ({ rule }: ToldMatch): number => rule.severity ?? NO_SEVERITY;

/**
 * Of the matches and of what is shown of them, one beside the other.
 *
 * @param decidedBy the rule that refused, or would have; null: none
 */
export const calicoRules = (
  matches: readonly ToldMatch[],
  rules: readonly EventRule[],
  decidedBy: number | null,
): readonly CalicoRule[] =>
  matches.flatMap((match, at) => {
    const rule = rules[at];
    if (rule === undefined) return [];
    const { id, message, file, line } = rule;
    const severity = String(severityOf(match));
    return [{ id, message, severity, file, line: String(line), disruptive: match.rule.id === decidedBy }];
  });

/** A quote would end its field, a line break the line. */
const quoted = (text: string): string =>
  /['\\\x00-\x1f\x7f]/.test(text)
    ? `'${text.replace(/['\\]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, ' ')}'`
    : `'${text}'`;

/**
 * In several texts where it is long: stores index no text beyond a length.
 *
 * @param refused what the deciding rule's line says in place of `Warning.`; null where nothing was refused
 */
export function ruleInfo(
  matches: readonly ToldMatch[],
  rules: readonly EventRule[],
  host: string,
  refused: Refused | null,
): readonly string[] {
  const texts: string[] = [];
  for (const [at, match] of matches.entries()) {
    const rule = rules[at];
    if (rule === undefined) continue;
    const entry = clipped(`[${at + 1}] ${entryOf(match, rule, host, refused)}`);
    const last = texts.at(-1);
    if (last === undefined || last.length + 1 + entry.length > EVENT_LIMITS.textUnitsMax) texts.push(entry);
    else texts[texts.length - 1] = `${last} ${entry}`;
  }
  return texts;
}

export interface Refused {
  readonly ruleId: number;
  readonly status: number;
}

function entryOf(
  match: ToldMatch,
  { file, line, id, data, message }: EventRule,
  host: string,
  refused: Refused | null,
): string {
  const isRefusal = refused !== null && refused.ruleId === match.rule.id;
  const { phase } = match.rule;
  const what = isRefusal ? `Access denied with code ${refused.status} (phase ${phase}).` : 'Warning.';
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['Host', host],
    ['File', file],
    ['Line', String(line)],
    ['ID', id],
    ['Data', data],
    ['Severity', String(severityOf(match))],
    ['Version', match.rule.ver ?? ''],
    ['Message', `${what} ${message}`],
  ];
  return fields.map(([name, value]) => `${name}:${quoted(value)}`).join(' ');
}

const CUT = '… (cut)';

const clipped = (text: string): string =>
  text.length <= EVENT_LIMITS.textUnitsMax
    ? text
    : text.slice(0, EVENT_LIMITS.textUnitsMax - CUT.length) + CUT;
