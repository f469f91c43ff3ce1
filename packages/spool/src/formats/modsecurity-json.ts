/**
 * Events as ModSecurity 3 and Coraza write them into their JSON audit logs, for tools that read those. What an event does not
 * hold is left out: bodies, files, most headers, the versions of single rules. Values are those of the event, masked as they are there.
 */
import type { Document } from '../record.ts';
import {
  componentOf,
  engineMode,
  headersOf,
  isDenied,
  type LoggedRule,
  loggedRules,
  producerOf,
  timeOf,
} from './modsecurity-facts.ts';
import { numberAt, present, textAt } from './read.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Nov 23 07:04:09 2026`, as C's asctime has it. */
function clockTime(time: Date | null): string {
  if (time === null) return '';
  const day = String(time.getUTCDate()).padStart(2, ' ');
  const clock = time.toISOString().slice(11, 19);
  return `${DAYS[time.getUTCDay()]} ${MONTHS[time.getUTCMonth()]} ${day} ${clock} ${time.getUTCFullYear()}`;
}

/** Of ModSecurity 3 (libmodsecurity): one transaction, its messages within. */
export function modsecurityJson(document: Document): Document {
  const denied = isDenied(document);
  return {
    transaction: present({
      client_ip: textAt(document, 'source.ip'),
      time_stamp: clockTime(timeOf(document)),
      server_id: textAt(document, 'observer.hostname'),
      client_port: numberAt(document, 'source.port') ?? undefined,
      host_ip: textAt(document, 'destination.ip'),
      host_port: numberAt(document, 'destination.port') ?? undefined,
      unique_id: textAt(document, 'http.request.id'),
      request: present({
        method: textAt(document, 'http.request.method'),
        http_version: textAt(document, 'http.version'),
        hostname: textAt(document, 'url.domain'),
        uri: textAt(document, 'url.original'),
        headers: Object.fromEntries(headersOf(document)),
      }),
      response: present({
        http_code: numberAt(document, 'http.response.status_code') ?? undefined,
        headers: {},
      }),
      producer: present({
        modsecurity: producerOf(document),
        connector: 'Sluice for Envoy',
        secrules_engine: engineMode(document) === 'On' ? 'Enabled' : engineMode(document),
        components: [componentOf(document)].filter((component) => component !== ''),
      }),
      messages: loggedRules(document).map((rule) => messageOf(rule, denied)),
    }),
  };
}

const messageOf = (rule: LoggedRule, denied: boolean): Document => ({
  message: rule.message,
  details: {
    match: `Matched ${JSON.stringify(rule.value)} at ${rule.variable}`,
    reference: '',
    ruleId: rule.id,
    file: rule.file,
    lineNumber: String(rule.line),
    data: rule.data,
    severity: rule.severity === null ? '' : String(rule.severity),
    ver: '',
    rev: '',
    tags: rule.tags,
    maturity: '0',
    accuracy: '0',
    ...(denied && rule.isDisruptive ? { disruptive: true } : {}),
  },
});

/** Of Coraza: the transaction, and beside it the messages. */
export function corazaJson(document: Document): Document {
  const time = timeOf(document);
  const protocol = textAt(document, 'protocol');
  return {
    transaction: present({
      timestamp: time === null ? '' : time.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' '),
      // Nanoseconds are more than a double holds exactly: whole milliseconds of them are near enough.
      unix_timestamp: time === null ? undefined : time.getTime() * 1_000_000,
      id: textAt(document, 'http.request.id'),
      client_ip: textAt(document, 'source.ip'),
      client_port: numberAt(document, 'source.port') ?? undefined,
      host_ip: textAt(document, 'destination.ip'),
      host_port: numberAt(document, 'destination.port') ?? undefined,
      server_id: textAt(document, 'observer.hostname'),
      request: present({
        method: textAt(document, 'http.request.method'),
        protocol,
        uri: textAt(document, 'url.original'),
        http_version: textAt(document, 'http.version'),
        headers: Object.fromEntries(
          headersOf(document).map(([name, value]) => [name.toLowerCase(), [value]]),
        ),
      }),
      response: present({
        protocol,
        status: numberAt(document, 'http.response.status_code') ?? undefined,
      }),
      producer: present({
        connector: 'envoy',
        version: textAt(document, 'observer.version'),
        server: producerOf(document),
        rule_engine: engineMode(document),
        stopwatch: stopwatch(document),
      }),
      is_interrupted: isDenied(document),
    }),
    messages: loggedRules(document).map((rule) => ({
      actionset: '',
      message: rule.message,
      data: present({
        file: rule.file,
        line: rule.line,
        id: Number(rule.id),
        msg: rule.message,
        data: rule.data,
        severity: rule.severity ?? undefined,
        tags: rule.tags,
      }),
    })),
  };
}

/** Start and duration in microseconds. */
function stopwatch(document: Document): string {
  const time = timeOf(document);
  const nanos = numberAt(document, 'event.duration') ?? 0;
  return time === null ? '' : `${time.getTime() * 1_000} ${Math.round(nanos / 1_000)}; `;
}
