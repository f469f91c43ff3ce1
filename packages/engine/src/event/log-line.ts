/** One line a matched rule, in the form of ModSecurity's error log: tools that read that, read this. */

import type { RuleMatch } from '../evaluate/state.ts';
import type { LinkedRule } from '../link/linked.ts';

const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

export const severityName = (severity: number): string => SEVERITIES[severity] ?? String(severity);

/** Quotes, backslashes and control characters are escaped, so that a value can neither end its field nor its line. */
const escapeField = (text: string): string =>
  text.replace(/["\\]|[^\x20-\x7e]/g, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

const field = (name: string, value: string): string => ` [${name} "${escapeField(value)}"]`;

export interface LogContext {
  readonly uri: string;
  readonly host: string;
  readonly requestId: string;
}

/** The line of a match, without line end. Values are not masked here: see mask.ts. */
export function formatLogLine(match: RuleMatch, context: LogContext): string {
  const { data } = match.rule;
  let line = `Sluice: ${outcome(match.rule)}.`;
  line +=
    field('file', data.position.file) +
    field('line', String(data.position.line)) +
    field('id', String(data.id));
  if (data.rev !== null) line += field('rev', data.rev);
  if (match.message !== '') line += field('msg', match.message);
  if (match.data !== '') line += field('data', match.data);
  if (data.severity !== null) line += field('severity', severityName(data.severity));
  if (data.ver !== null) line += field('ver', data.ver);
  for (const tag of data.tags) line += field('tag', tag);
  return (
    line + field('hostname', context.host) + field('uri', context.uri) + field('unique_id', context.requestId)
  );
}

function outcome(rule: LinkedRule): string {
  const { disruption, phase } = rule.data;
  if (disruption.kind === 'pass' || disruption.kind === 'allow') return 'Warning';
  return `Access denied with code ${disruption.status} (phase ${phase})`;
}
