/** What both of ModSecurity's audit logs say of an event, in its words. */
import type { Document } from '../record.ts';
import { numberAt, objectsAt, textAt, textsAt, valueAt } from './read.ts';

const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

export interface LoggedRule {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly data: string;
  /** 0 (emergency) to 7 (debug); null where the rule has none. */
  readonly severity: number | null;
  readonly severityName: string;
  readonly tags: readonly string[];
  readonly phase: number;
  /** It refused the request. */
  readonly isDisruptive: boolean;
  /** What matched: `ARGS:id`; empty where nothing is listed. */
  readonly variable: string;
  readonly value: string;
}

export function loggedRules(document: Document): readonly LoggedRule[] {
  const decided = isDenied(document) ? textAt(document, 'rule.id') : '';
  return objectsAt(document, 'waf.rules').map((rule) => {
    const severityName = textAt(rule, 'severity');
    const severity = SEVERITIES.indexOf(severityName);
    const [target] = objectsAt(rule, 'targets');
    return {
      id: textAt(rule, 'id'),
      file: textAt(rule, 'file'),
      line: numberAt(rule, 'line') ?? 0,
      message: textAt(rule, 'message'),
      data: textAt(rule, 'data'),
      severity: severity < 0 ? null : severity,
      severityName,
      tags: textsAt(rule, 'tags'),
      phase: numberAt(rule, 'phase') ?? 0,
      isDisruptive: decided !== '' && textAt(rule, 'id') === decided,
      variable: target === undefined ? '' : textAt(target, 'variable'),
      value: target === undefined ? '' : textAt(target, 'value'),
    };
  });
}

export const isDenied = (document: Document): boolean => textsAt(document, 'event.type').includes('denied');

/** As SecRuleEngine names the mode. */
export function engineMode(document: Document): 'On' | 'DetectionOnly' | 'Off' {
  const mode = textAt(document, 'waf.mode');
  return mode === 'Block' ? 'On' : mode === 'Detect' ? 'DetectionOnly' : 'Off';
}

/** Of the request's headers, those that an event has. */
export function headersOf(document: Document): readonly (readonly [name: string, value: string])[] {
  const headers: readonly (readonly [string, string])[] = [
    ['Host', textAt(document, 'url.domain')],
    ['User-Agent', textAt(document, 'user_agent.original')],
    ['Referer', textAt(document, 'http.request.referrer')],
    ['Content-Type', textAt(document, 'http.request.mime_type')],
  ];
  return headers.filter(([, value]) => value !== '');
}

export const producerOf = (document: Document): string =>
  ['Sluice', textAt(document, 'observer.version')].filter((part) => part !== '').join('/');

/** `OWASP_CRS/4.25.0`; empty where no rule decided. */
export const componentOf = (document: Document): string =>
  ['ruleset', 'version']
    .map((name) => textAt(document, `rule.${name}`))
    .filter((part) => part !== '')
    .join('/');

/** When the request began; null for what is no event. */
export function timeOf(document: Document): Date | null {
  const time = valueAt(document, '@timestamp');
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
